import './kit/styles.css'
import { Button, createTheme, MantineProvider, Modal } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { ApiProblem } from '#client'
import { createConsoleRouter } from './app/router.tsx'
import { SessionGate } from './app/session.tsx'
import { ApiContext, createConsoleApi } from './kit/api.tsx'
import { PreferencesProvider } from './kit/preferences.tsx'

const touched = { atMs: Date.now() }
for (const kind of ['pointerdown', 'keydown', 'wheel'])
  window.addEventListener(
    kind,
    () => {
      touched.atMs = Date.now()
    },
    { passive: true },
  )

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      // what the server refused it will refuse again; what did not answer may answer soon
      retry: (count, error) => count < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 502),
    },
  },
})
const api = createConsoleApi(() => touched.atMs)
const router = createConsoleRouter()
// styles come from our style sheet alone: the policy of the page applies no others
const theme = createTheme({
  primaryColor: 'teal',
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { variant: 'filled' } }),
    // locking the scroll would take a style that the policy refuses
    Modal: Modal.extend({
      defaultProps: {
        lockScroll: false,
        transitionProps: { duration: 0 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
    }),
  },
})

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no place for the console')
createRoot(root).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
    <QueryClientProvider client={client}>
      <ApiContext value={api}>
        <PreferencesProvider>
          <SessionGate>
            <RouterProvider router={router} />
          </SessionGate>
        </PreferencesProvider>
      </ApiContext>
    </QueryClientProvider>
  </MantineProvider>,
)
