import { parentPort } from 'node:worker_threads'
import { DomainError } from '#platform/errors.ts'
import { EvidenceUnreadable } from '../errors.ts'
import { parseEvidence } from '../parse.ts'
import type { Answer, Question } from './protocol.ts'

/** The thread in which reports are read: whatever one does to it, the process that asked goes on. */
parentPort?.on('message', (question: Question) => {
  answer(question).then(
    (reply) => parentPort?.postMessage(reply),
    () => process.exit(1),
  )
})

async function answer({ bytes, options }: Question): Promise<Answer> {
  try {
    const { stored, ...report } = await parseEvidence(bytes, options)
    return { report: JSON.stringify(report), stored }
  } catch (error) {
    const known = error instanceof DomainError ? error : EvidenceUnreadable({ reason: 'its reader failed' })
    return { refused: { code: known.code, facts: known.facts } }
  }
}
