import { Button } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useRef, useState } from 'react'
import {
  CodeField,
  type CodeFieldHandle,
  Copy,
  counted,
  Mistakes,
  ProblemNote,
  Status,
  useAct,
  useAnswer,
  useGo,
  useMay,
} from '#console'
import { lifeKinds, type Version, versionPath } from './words.tsx'

/** As the server takes them. */
const charactersMax = 262_144
const restMs = 300

interface Edit {
  readonly text: string
  readonly tests: string
  /** What stood there when the editing began. */
  readonly from: Pick<Version, 'text' | 'tests'>
}

/** What somebody makes of a draft before it is saved; without an edit the saved one is shown as it changes. */
function useEdit(one: Version) {
  const [edit, setEdit] = useState<Edit>()
  const { text, tests } = edit ?? one
  const isDirty = edit !== undefined && (text !== one.text || tests !== one.tests)
  return {
    text,
    tests,
    isDirty,
    /** Whether somebody else saved another text since the editing began. */
    isOvertaken: isDirty && (edit.from.text !== one.text || edit.from.tests !== one.tests),
    change: (next: Partial<Pick<Edit, 'text' | 'tests'>>) => setEdit({ from: one, ...edit, text, tests, ...next }),
    undo: () => setEdit(undefined),
  }
}

/** The text and its tests. A draft is edited here, and checked while somebody types; nothing is kept before it is saved. */
export function Text({ one }: { readonly one: Version }) {
  const may = useMay()
  const { text, tests, change, undo, isDirty, isOvertaken } = useEdit(one)
  const isEditable = one.state === 'draft' && may('policy:write')
  const field = useRef<CodeFieldHandle>(null)
  return (
    <section className="card stack" aria-label="Text">
      <div className="spread">
        <h2>{isEditable ? 'Write it' : 'Its text'}</h2>
        <span className="row">
          {isDirty && (
            <Button size="xs" variant="default" onClick={undo}>
              Back to what is saved
            </Button>
          )}
          <Copy value={text} label="the text" />
        </span>
      </div>
      <CodeField
        ref={field}
        label="Text of the policy"
        {...(isEditable ? { onChange: (next: string) => change({ text: next }) } : {})}
        rows={Math.min(28, Math.max(12, text.split('\n').length + 1))}
        maxLength={charactersMax}
        value={text}
      />
      <Verdict one={one} text={text} onPlace={(line, column) => field.current?.goTo(line, column)} />
      {one.id !== null && (
        <TestsField tests={tests} onChange={isEditable ? (next) => change({ tests: next }) : undefined} />
      )}
      {isOvertaken && (
        <p>
          <Status status="error" word="Somebody saved another text meanwhile" /> Saving yours takes its place.
        </p>
      )}
      {isEditable && <Save one={one} text={text} tests={tests} isDirty={isDirty} onSaved={undo} />}
    </section>
  )
}

interface TestsFieldProps {
  readonly tests: string
  /** Absent where they are only read. */
  readonly onChange: ((tests: string) => void) | undefined
}

function TestsField({ tests, onChange }: TestsFieldProps) {
  return (
    <details open={onChange !== undefined}>
      <summary>Its tests</summary>
      <CodeField
        label="Tests"
        {...(onChange === undefined ? {} : { onChange })}
        rows={Math.min(20, Math.max(8, tests.split('\n').length + 1))}
        maxLength={charactersMax}
        value={tests}
      />
    </details>
  )
}

interface VerdictProps {
  readonly one: Version
  readonly text: string
  readonly onPlace: (line: number, column: number) => void
}

/** The mistakes of a text: of the saved one as they are known, of another one as the server tells them once typing rests. */
function Verdict({ one, text, onPlace }: VerdictProps) {
  const [rested] = useDebouncedValue(text, restMs)
  const isSaved = text === one.text
  const asked = useAnswer(
    'POST /v1/policy-packs/preview',
    { body: { text: rested } },
    { enabled: rested !== one.text && rested !== '' },
  )
  if (text === '') return <p className="small quiet">There is nothing to check yet.</p>
  if (!isSaved && asked.error !== null) return <ProblemNote problem={asked.error} retry={() => void asked.refetch()} />
  const diagnostics = isSaved ? one.diagnostics : rested === text ? asked.data?.diagnostics : undefined
  const errors = diagnostics?.filter((mistake) => mistake.severity === 'error').length ?? 0
  return (
    <div role="status" aria-label="Check" aria-busy={diagnostics === undefined} className="stack small">
      {diagnostics === undefined && <p className="quiet">Checking…</p>}
      {diagnostics !== undefined && errors === 0 && (
        <p>
          <Status status="pass" word="It is valid" />
        </p>
      )}
      {errors > 0 && (
        <p>
          <Status status="fail" word={counted(errors, 'mistake')} />
        </p>
      )}
      {diagnostics !== undefined && diagnostics.length > 0 && <Mistakes mistakes={diagnostics} onPlace={onPlace} />}
    </div>
  )
}

interface SaveProps extends Pick<Edit, 'text' | 'tests'> {
  readonly one: Version
  readonly isDirty: boolean
  readonly onSaved: () => void
}

function Save({ one, text, tests, isDirty, onSaved }: SaveProps) {
  const go = useGo()
  const save = useAct('POST /v1/policy-packs/{id}/versions', lifeKinds)
  const send = () =>
    save.mutate(
      { params: { id: one.packId }, body: { text, tests } },
      {
        onSuccess: (made) => {
          onSaved()
          // another number in the text makes another draft
          if (made.version !== one.version) go(versionPath(one.packId, made.version))
        },
      },
    )
  return (
    <>
      {save.error !== null && <ProblemNote problem={save.error} />}
      <div className="row">
        <Button size="xs" disabled={!isDirty || text === ''} loading={save.isPending} onClick={send}>
          Save the draft
        </Button>
        <span className="small quiet">
          Whoever saves is one of its authors, and does not review it. Another text goes through the steps again.
        </span>
      </div>
    </>
  )
}
