import { Menu } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useGo } from '../kit/address.tsx'
import { useAct, useApi } from '../kit/api.tsx'
import { Icon } from '../kit/icons.tsx'
import { useSession } from './session.tsx'
import { sessionKey } from './session-key.ts'

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const session = useSession()
  const go = useGo()
  const signOut = useSignOut()
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className="icon-button" aria-label="Account">
          <Icon name="person" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          Signed in as {session.role} <span className="mono">{session.userId.slice(0, 12)}…</span>
        </Menu.Label>
        <Menu.Item onClick={() => go('/settings/sign-in')}>Passkeys and sessions</Menu.Item>
        <Menu.Item onClick={() => go('/settings/preferences')}>Preferences</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function submitSignOut(): void {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = '/sign-out'
  document.body.append(form)
  form.submit()
}

/** Ends the session here, and forgets all that was shown in it. */
export function useSignOut(): () => Promise<void> {
  const api = useApi()
  const client = useQueryClient()
  const end = useAct('DELETE /v1/session')
  const { authentication } = useSession()
  return async () => {
    // the server leads on to the provider, to sign out there as well
    if (authentication !== null) return submitSignOut()
    await end.mutateAsync({})
    api.setCsrfToken(null)
    client.setQueryData(sessionKey, null)
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] })
  }
}
