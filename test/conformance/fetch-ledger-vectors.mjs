// Brings other projects' test vectors of the ledger's formats and of protocols into the folder that `CONFORMANCE_DATA` names, or into
// `node_modules/.cache/conformance`, each at one pinned version:  node test/conformance/fetch-ledger-vectors.mjs
// What cannot be fetched is named, and the suite then says that it was not run.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../../node_modules/.cache/conformance', import.meta.url))
const folder = process.env.CONFORMANCE_DATA ?? cache

/** Go modules, checked against their `go.sum` digest. */
const modules = [
  {
    name: 'tessera',
    module: 'github.com/transparency-dev/tessera@v1.0.4',
    sum: 'h1:IXjGowubcLR0T3zUQrysSMKgtTh9KGKQ0iajUiubyP4=',
    part: 'testdata/log',
  },
  {
    name: 'json-canonicalization',
    module: 'github.com/cyberphone/json-canonicalization@v0.0.0-20241213102144-19d51d7fe467',
    sum: 'h1:uX1JmpONuD549D73r6cgnxyUu18Zb7yHAy5AYU0Pm4Q=',
    part: 'testdata',
  },
]

/** Repositories whose vectors no Go module carries; a commit names its content. */
const repositories = [
  {
    name: 'merkle',
    url: 'https://github.com/transparency-dev/merkle',
    commit: '417fb0c314750d94e53942e9f92e79b6d35915db',
    part: 'testdata',
  },
  {
    name: 'wycheproof',
    url: 'https://github.com/C2SP/wycheproof',
    commit: 'dac1dd4729fd1f8dd9e1e9f3dce51d783da6c166',
    part: 'testvectors_v1/ed25519_test.json',
  },
  {
    name: 'cctv',
    url: 'https://github.com/C2SP/CCTV',
    commit: '1e3d2860d46e94e777e1b17c7a6f2436387e3ecc',
    part: 'ed25519/ed25519vectors.json',
  },
  ...['interop/authzen-todo-backend/test', 'interop/authzen-search-demo'].map((part) => ({
    name: 'authzen',
    url: 'https://github.com/openid/authzen',
    commit: 'e287920eed842b227e38531c1735b712337ca44d',
    part,
  })),
]

const work = mkdtempSync(join(tmpdir(), 'conformance-'))
let missing = 0
try {
  for (const { name, module, sum, part } of modules) bring(name, part, () => downloadModule(module, sum))
  for (const { name, url, commit, part } of repositories) bring(name, part, () => fetchCommit(name, url, commit))
} finally {
  // Go makes its module cache read-only.
  execFileSync('chmod', ['-R', 'u+w', work])
  rmSync(work, { recursive: true, force: true })
}
process.exitCode = missing === 0 ? 0 : 1

function bring(name, part, source) {
  const target = join(folder, name, part)
  if (existsSync(target)) return console.log(`${name}: there already`)
  try {
    const from = source()
    if (!existsSync(join(from, part))) throw new Error(`it has no ${part}`)
    mkdirSync(join(target, '..'), { recursive: true })
    cpSync(join(from, part), target, { recursive: true })
    console.log(`${name}: fetched`)
  } catch (error) {
    missing++
    console.log(`${name}: NOT FETCHED: ${String(error.message).split('\n')[0]}`)
  }
}

function downloadModule(module, sum) {
  const env = { ...process.env, GOPATH: join(work, 'go'), GOFLAGS: '-mod=mod' }
  const text = execFileSync('go', ['mod', 'download', '-json', module], {
    cwd: work,
    env,
    encoding: 'utf8',
    timeout: 300_000,
  })
  const { Dir, Sum } = JSON.parse(text)
  if (Sum !== sum) throw new Error(`the digest of ${module} is ${Sum}`)
  return Dir
}

function fetchCommit(name, url, commit) {
  const clone = join(work, name)
  // one that a fetch broke off in has nothing
  if (existsSync(join(clone, '.git', 'FETCH_HEAD'))) return clone
  const git = (...args) =>
    execFileSync('git', ['-C', clone, ...args], {
      stdio: 'pipe',
      timeout: 300_000,
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    })
  rmSync(clone, { recursive: true, force: true })
  mkdirSync(clone)
  git('init', '--quiet')
  git('fetch', '--quiet', '--depth', '1', url, commit)
  git('checkout', '--quiet', 'FETCH_HEAD')
  return clone
}
