/**
 * The program of the thread that signs records, as text: a thread that starts from its text needs no file of its own, neither
 * in the build nor where the sources run as they are.
 */
export const signingThread = `
const { sign } = require('node:crypto')
const { parentPort, workerData } = require('node:worker_threads')

parentPort.on('message', ({ bytes, lengths }) => {
  const signatures = new Uint8Array(lengths.length * 64)
  let at = 0
  lengths.forEach((length, i) => {
    signatures.set(sign(null, bytes.subarray(at, at + length), workerData.key), i * 64)
    at += length
  })
  parentPort.postMessage(signatures, [signatures.buffer])
})
`
