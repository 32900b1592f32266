import { type DragEvent, useState } from 'react'
import { bytes, Digest, Facts, grouped, Status } from '#console'
import type { Check, Verdict } from '../verify/verdict.ts'
import type { Keys } from './pack-logic.js'

interface Examined {
  readonly name: string
  readonly size: number
  readonly checks: readonly Check[]
  readonly verdict?: Verdict
  readonly failure?: string
}

/** Checks a pack in this browser; nothing of it is sent anywhere. */
export function VerifyPack() {
  const { examined, keys, take } = useExamination()
  const [isOver, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void take([...event.dataTransfer.files])
  }
  return (
    <section
      className={isOver ? 'card drop over' : 'card drop'}
      aria-label="Verify a pack"
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <h2>Verify a pack</h2>
      <p className="quiet">
        Drop a pack here, and the keys.json of its operator if you have it. It is checked in this browser and sent
        nowhere. For an answer that does not lean on this page, run <code>node verify.mjs PACK --keys keys.json</code>.
      </p>
      <div className="row">
        <label>
          Pack (ZIP){' '}
          <input
            type="file"
            id="pack-file"
            accept=".zip,application/zip"
            onChange={(event) => void take([...(event.currentTarget.files ?? [])])}
          />
        </label>
        <label>
          Keys to trust{' '}
          <input
            type="file"
            id="keys-file"
            accept=".json,application/json"
            onChange={(event) => void take([...(event.currentTarget.files ?? [])])}
          />
        </label>
      </div>
      {keys !== undefined && <p className="small">The keys of {keys.name} are trusted, and no others.</p>}
      {examined !== undefined && <Examination {...examined} />}
    </section>
  )
}

function Examination({ name, size, checks, verdict, failure }: Examined) {
  return (
    <div
      className={verdict?.result === 'failed' || failure !== undefined ? 'alarm' : 'stack'}
      role="status"
      aria-live="polite"
    >
      <h3>
        {name}, {bytes(size)}
      </h3>
      {failure !== undefined && <p>{failure}</p>}
      {verdict === undefined && failure === undefined && <p>Checking…</p>}
      {verdict !== undefined && <Outcome verdict={verdict} />}
      <ol className="list small">
        {checks.map((check) => (
          <li key={check.name}>
            <div className="spread">
              <span>{check.title}</span>
              <Status status={check.status} word={check.status === 'unknown' ? 'not checked' : undefined} />
            </div>
            <span className="quiet wrap">{printable(check.detail)}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}

function Outcome({ verdict }: { readonly verdict: Verdict }) {
  if (verdict.result === 'failed')
    return (
      <>
        <h2>Not verified. Do not rely on this pack.</h2>
        {verdict.problems.slice(0, 10).map((problem) => (
          <p key={`${problem.code} ${problem.member} ${problem.index}`} className="wrap">
            <b>{problem.code}</b> {printable(problem.message)}
          </p>
        ))}
      </>
    )
  const isPinned = verdict.trust === 'pinned'
  return (
    <>
      <p>
        <Status status="pass" word={isPinned ? 'Verified with your keys' : 'Verified, keys not pinned'} />
      </p>
      <Facts
        facts={[
          ['Ledger', printable(verdict.origin ?? '')],
          ['About', printable(verdict.about ?? '')],
          ['Records', recordsOf(verdict)],
          ['Prepared', printable(`${verdict.preparedAt ?? ''} by ${verdict.preparedBy ?? ''}`)],
          [
            'Fingerprint of its keys',
            <Digest key="print" value={verdict.fingerprint ?? ''} keep={16} label="fingerprint" />,
          ],
        ]}
      />
      {!isPinned && (
        <p className="small">Whose keys they are, only the operator can tell you: compare the fingerprint.</p>
      )}
    </>
  )
}

function recordsOf({ size, completeness }: Verdict): string {
  const log = grouped(size ?? 0)
  return completeness === 'whole'
    ? `${log}, the whole log`
    : `asserted: chosen records of a log of ${log}; that none that matters was left out is the word of who prepared it`
}

function useExamination() {
  const [examined, setExamined] = useState<Examined>()
  const [keys, setKeys] = useState<{ name: string; keys: Keys }>()
  const [pack, setPack] = useState<File>()
  const examine = async (file: File, trusted: Keys | undefined) => {
    const begun = { name: printable(file.name), size: file.size }
    setExamined({ ...begun, checks: [] })
    const { pageLogic } = await import('./pack-logic.js')
    const checks: Check[] = []
    const onCheck = (check: Check) => {
      checks.push(check)
      setExamined({ ...begun, checks: [...checks] })
    }
    try {
      const verdict = await pageLogic.verify({ source: sourceOf(file), form: 'archive', keys: trusted, onCheck })
      setExamined({ ...begun, checks, verdict })
    } catch {
      setExamined({
        ...begun,
        checks,
        failure: 'The check itself stopped on this file. Do not rely on it; use verify.mjs.',
      })
    }
  }
  const take = async (files: readonly File[]) => {
    const keyFile = files.find((file) => file.name.endsWith('.json'))
    const packFile = files.find((file) => !file.name.endsWith('.json')) ?? pack
    let trusted = keys?.keys
    if (keyFile !== undefined) {
      const { pageLogic } = await import('./pack-logic.js')
      try {
        trusted = pageLogic.readKeys(new Uint8Array(await keyFile.arrayBuffer()))
        setKeys({ name: printable(keyFile.name), keys: trusted })
      } catch (error) {
        const why = error instanceof Error ? error.message : 'it is not a key file'
        setExamined({
          name: printable(keyFile.name),
          size: keyFile.size,
          checks: [],
          failure: printable(`These keys cannot be read: ${why}`),
        })
        return
      }
    }
    setPack(packFile)
    if (packFile !== undefined) await examine(packFile, trusted)
  }
  return { examined, keys, take }
}

function sourceOf(file: File) {
  return {
    size: file.size,
    read: async (offset: number, length: number) =>
      new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
  }
}

/** Text of a file that may be hostile: as one line without characters that do not show. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd').slice(0, 400)
}
