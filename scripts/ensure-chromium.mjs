import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { pathToFileURL } from 'node:url'

const candidates = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Path of a Chromium that the browser tests may drive; undefined where there is none. */
export function findChromium() {
  return candidates.find((path) => path !== undefined && isExecutable(path))
}

/** Installs Debian's Chromium where it may (root, apt); elsewhere the browser tests are reported as NOT RUN. */
function ensureChromium() {
  if (findChromium() !== undefined) return
  if (process.getuid?.() !== 0 || !isExecutable('/usr/bin/apt-get')) {
    process.stderr.write(
      'no Chromium found: browser tests will be reported as NOT RUN (set CHROMIUM_PATH, or install it)\n',
    )
    return
  }
  process.stderr.write('installing Chromium for the browser tests…\n')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env, timeout: 300_000 })
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
      stdio: 'ignore',
      env,
      timeout: 900_000,
    })
  } catch {
    process.stderr.write('Chromium could not be installed: browser tests will be reported as NOT RUN\n')
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) ensureChromium()
