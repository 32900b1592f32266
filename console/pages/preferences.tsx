import { NativeSelect, useMantineColorScheme } from '@mantine/core'
import { exactTime, localZone, PageHead, usePreferences } from '#console'

/** How this browser shows things; kept here, not on the server. */
export function Page() {
  const { zone, setZone } = usePreferences()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const zones = [...new Set([localZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])]
  return (
    <>
      <PageHead title="Preferences" about="How this browser shows things. Nothing of it leaves the browser." />
      <div className="card stack">
        <NativeSelect
          label="Time zone"
          description={`Exact times look like ${exactTime(new Date().toISOString(), zone)}`}
          value={zone}
          data={zones}
          onChange={(event) => setZone(event.currentTarget.value)}
        />
        <NativeSelect
          label="Colours"
          value={colorScheme}
          data={[
            { value: 'auto', label: 'as the system' },
            { value: 'light', label: 'light' },
            { value: 'dark', label: 'dark' },
          ]}
          onChange={(event) => setColorScheme(event.currentTarget.value as 'auto' | 'light' | 'dark')}
        />
      </div>
    </>
  )
}
