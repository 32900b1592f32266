// Follows the log of a Countersign server as a monitor: every checkpoint must be signed by the key that you pinned, and
// must extend the one before it. It needs nothing but Node, and shares no code with the server.
//
//   COUNTERSIGN_SERVER=https://… COUNTERSIGN_TOKEN=… node follow-checkpoint.mjs VKEY [SECONDS | --once]
//
// VKEY is the `vkey` of `GET /v1/ledger/status`; take it by another way once, and keep it. The token needs `ledger:read`.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { argv, env, exit, stderr, stdout } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

const [vkey = '', pace = '5'] = argv.slice(2)
const { COUNTERSIGN_SERVER: server = 'http://127.0.0.1:7420', COUNTERSIGN_TOKEN: token = '' } = env
const key = readVkey(vkey)

let known
for (;;) {
  const next = openCheckpoint(await fetchText('/log/checkpoint'))
  if (known !== undefined) await requireExtension(known, next)
  if (next.size !== known?.size) stdout.write(`${next.origin} size ${next.size} root ${next.root.toString('base64')}\n`)
  known = next
  if (pace === '--once') break
  await sleep(Number(pace) * 1000)
}

/** C2SP signed-note verifier key: `name+id+base64(1 || Ed25519 public key)`. */
function readVkey(text) {
  const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? fail('give the vkey of the log')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length !== 33 || bytes[0] !== 1) fail('this vkey is not of an Ed25519 key')
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)])
  return { name, id, publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }) }
}

/** C2SP tlog-checkpoint: origin, size and root, then a blank line and signatures. */
function openCheckpoint(note) {
  const end = note.lastIndexOf('\n\n') + 1
  const text = note.slice(0, end)
  const isSigned = note
    .slice(end)
    .split('\n')
    .filter((line) => line.startsWith(`— ${key.name} `))
    .map((line) => Buffer.from(line.slice(key.name.length + 3), 'base64'))
    .filter((bytes) => bytes.subarray(0, 4).toString('hex') === key.id)
    .some((bytes) => verify(null, Buffer.from(text), key.publicKey, bytes.subarray(4)))
  const [origin, size, root] = text.split('\n')
  if (!isSigned || origin !== key.name) fail('the checkpoint is not signed by the key of this log')
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') }
}

async function requireExtension(old, now) {
  if (now.size < old.size) fail(`the log was set back from ${old.size} to ${now.size}`)
  if (now.size === old.size && !now.root.equals(old.root)) fail(`the log has two histories at size ${now.size}`)
  if (now.size === old.size || old.size === 0) return
  const answer = JSON.parse(await fetchText(`/v1/ledger/consistency?from=${old.size}&to=${now.size}`))
  const proof = answer.proof.map((one) => Buffer.from(one, 'base64'))
  if (isPowerOfTwo(old.size)) proof.unshift(old.root)
  const [oldRoot, newRoot] = rootsOf(proof, old.size, now.size)
  if (!oldRoot?.equals(old.root) || !newRoot.equals(now.root))
    fail(`the log at ${now.size} does not begin with the log at ${old.size}`)
}

/** The roots at both sizes that a consistency proof leads to (RFC 9162 section 2.1.4.2); empty when it has another length. */
function rootsOf([seed, ...proof], oldSize, newSize) {
  let [first, second] = [oldSize - 1, newSize - 1]
  while (first % 2 === 1) [first, second] = [half(first), half(second)]
  let [oldRoot, newRoot] = [seed, seed]
  for (const hash of proof) {
    if (second === 0) return []
    if (first % 2 === 1 || first === second) {
      oldRoot = nodeHash(hash, oldRoot)
      newRoot = nodeHash(hash, newRoot)
      ;[first, second] = untilOdd(first, second)
    } else newRoot = nodeHash(newRoot, hash)
    ;[first, second] = [half(first), half(second)]
  }
  return second === 0 ? [oldRoot, newRoot] : []
}

function untilOdd(first, second) {
  return first % 2 === 1 || first === 0 ? [first, second] : untilOdd(half(first), half(second))
}

function nodeHash(left, right) {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest()
}

function half(number) {
  return Math.floor(number / 2)
}

function isPowerOfTwo(number) {
  return Number.isInteger(Math.log2(number))
}

async function fetchText(path) {
  const headers = { authorization: `Bearer ${token}` }
  const reply = await fetch(new URL(path, server), { headers })
  if (!reply.ok) fail(`${path} answered ${reply.status}`)
  return reply.text()
}

function fail(reason) {
  stderr.write(`${reason}\n`)
  exit(1)
}
