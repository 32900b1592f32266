import { Button } from '@mantine/core'
import { useRef } from 'react'
import {
  CodeField,
  type CodeFieldHandle,
  Copy,
  counted,
  grouped,
  Mistakes,
  oneLine,
  ProblemNote,
  SideScroll,
  Status,
} from '#console'
import { differencesOf, type Rule } from './rule-words.ts'
import type { Files } from './use-files.ts'
import type { Judged, JudgedPath, Judging, useGatePreview } from './use-preview.ts'
import './rules.css'

interface Preview {
  readonly before: Judged
  readonly after: Judging
  readonly gateBefore: readonly Rule[]
  readonly gateAfter: ReturnType<typeof useGatePreview>
}

interface RulesEditorProps {
  readonly text: string
  readonly onText: (text: string) => void
  readonly inForce: string | undefined
  /** Whether what follows is of the text as it stands. */
  readonly isResting: boolean
  readonly branch: string | null
  /** Undefined while the text is the one in force. */
  readonly preview: Preview | undefined
  readonly files: Files
}

const example = `version: 1
risk:
  paths:
    - match: ['src/payments/**']
      category: payment
      dataSensitivity: critical
      reason: card data
gate:
  params:
    quality: { minCoverage: 85 }
`

/** Another text for the rules file, with what is wrong in it and what it would change. Nothing changes on the server. */
export function RulesEditor({ text, onText, inForce, isResting, branch, preview, files }: RulesEditorProps) {
  const field = useRef<CodeFieldHandle>(null)
  return (
    <section className="card stack" aria-labelledby="try">
      <div className="spread">
        <h2 id="try">Try another text</h2>
        <span className="row">
          {text === '' && (
            <Button size="xs" variant="default" onClick={() => onText(example)}>
              Begin with an example
            </Button>
          )}
          {text !== (inForce ?? '') && (
            <Button size="xs" variant="default" onClick={() => onText(inForce ?? '')}>
              Back to what is committed
            </Button>
          )}
          {text !== '' && <Copy value={text} label="the text" />}
        </span>
      </div>
      <CodeField
        ref={field}
        label="Text of .countersign.yaml"
        description="Edit or paste; what it would change is shown below, and nothing is saved."
        rows={14}
        value={text}
        onChange={onText}
      />
      <div aria-busy={!isResting} className="stack">
        {preview === undefined ? (
          <p className="quiet small">
            {inForce === undefined ? 'There is no such file yet.' : 'This is the text that is committed.'}
          </p>
        ) : (
          <Outcome preview={preview} files={files} onPlace={(line, column) => field.current?.goTo(line, column)} />
        )}
      </div>
      <InForce branch={branch} />
    </section>
  )
}

interface OutcomeProps extends Pick<RulesEditorProps, 'files'> {
  readonly preview: Preview
  readonly onPlace: (line: number, column: number) => void
}

function Outcome({ preview: { before, after, gateBefore, gateAfter }, files, onPlace }: OutcomeProps) {
  if (after.problem !== undefined) return <ProblemNote problem={after.problem} retry={after.retry} />
  if (after.file === undefined) return <p className="quiet small">Asking what it would change…</p>
  if (after.file.state === 'wrong')
    return (
      <>
        <p role="status">
          <Status status="fail" word={counted(after.file.problems.length, 'mistake')} /> Committed like this, nothing of
          it would be used, and every file would count with the highest value.
        </p>
        <Mistakes mistakes={after.file.problems} onPlace={onPlace} />
      </>
    )
  return (
    <>
      <p role="status">
        <Status status="pass" word="It is valid" />
      </p>
      <GateOutcome before={gateBefore} after={gateAfter} />
      <Flips before={before} after={after} files={files} />
    </>
  )
}

function GateOutcome({ before, after }: { readonly before: readonly Rule[]; readonly after: Preview['gateAfter'] }) {
  if (after === undefined) return null
  const { refusal } = after.settings
  if (refusal !== null)
    return (
      <p className="wrap">
        <Status status="fail" word="The gate would refuse its settings" /> {oneLine(refusal)}.
      </p>
    )
  const told = (rule: Rule | undefined) => (rule === undefined ? '' : differencesOf(rule).join('; '))
  const changed = after.items.filter((rule) => told(rule) !== told(before.find((one) => one.id === rule.id)))
  if (changed.length === 0) return <p className="small">The rules of the merge gate would stay as they are.</p>
  return (
    <section aria-label="Rules of the merge gate that would change">
      <h3>{counted(changed.length, 'rule')} of the merge gate would change</h3>
      <ul className="list flat">
        {changed.map((rule) => (
          <li key={rule.id} className="small wrap">
            <b>{rule.title}</b> <span className="mono quiet">{rule.id}</span>:{' '}
            {oneLine(told(rule)) || 'as it comes again'}
          </li>
        ))}
      </ul>
    </section>
  )
}

const flipsShown = 100

/** Paths whose classification would be another one, before and after. */
function Flips({ before, after, files }: Pick<Preview, 'before' | 'after'> & Pick<RulesEditorProps, 'files'>) {
  const pairs = files.paths.flatMap((path) => {
    const [was, will] = [before.known.get(path), after.known.get(path)]
    return was === undefined || will === undefined ? [] : [{ path, was, will }]
  })
  const flipped = pairs.filter(({ was, will }) => classOf(was) !== classOf(will))
  const isGoing = files.isLoading || pairs.length < files.paths.length
  return (
    <section aria-label="Paths that would be classified otherwise" className="stack">
      <h3>
        {counted(flipped.length, 'path')} would be classified otherwise, of {grouped(pairs.length)} looked at
        {isGoing ? ' so far' : ''}
      </h3>
      {files.isCut && (
        <p className="small">
          There are more.{' '}
          <button type="button" className="plain" onClick={files.lookFurther}>
            Look at the next 10,000
          </button>
        </p>
      )}
      {flipped.length > 0 && <FlipTable flipped={flipped.slice(0, flipsShown)} />}
      {flipped.length > flipsShown && <p className="small quiet">and {grouped(flipped.length - flipsShown)} more</p>}
    </section>
  )
}

function classOf({ dataSensitivity, systemCriticality, regulatoryImpact, categories }: JudgedPath): string {
  return [dataSensitivity.value, systemCriticality.value, regulatoryImpact.value, ...categories].join(' ')
}

interface Flip {
  readonly path: string
  readonly was: JudgedPath
  readonly will: JudgedPath
}

const factors = ['dataSensitivity', 'systemCriticality', 'regulatoryImpact'] as const

function FlipTable({ flipped }: { readonly flipped: readonly Flip[] }) {
  return (
    <SideScroll label="Table: Paths that would be classified otherwise">
      <table className="twin">
        <thead>
          <tr>
            <th>Path</th>
            <th>Data</th>
            <th>Criticality</th>
            <th>Regulation</th>
            <th>Categories</th>
          </tr>
        </thead>
        <tbody>
          {flipped.map(({ path, was, will }) => (
            <tr key={path}>
              <td className="wrap mono small">{oneLine(path)}</td>
              {factors.map((factor) => (
                <td key={factor}>
                  <Change was={was[factor].value} will={will[factor].value} />
                </td>
              ))}
              <td>
                <Change was={oneLine(was.categories.join(', '))} will={oneLine(will.categories.join(', '))} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </SideScroll>
  )
}

function Change({ was, will }: { readonly was: string; readonly will: string }) {
  if (was === will) return <span className="quiet">{was}</span>
  return (
    <>
      {was || 'none'} → <b>{will || 'none'}</b>
    </>
  )
}

const commands = {
  check: 'countersign risk rules',
  commit: 'git add .countersign.yaml && git commit -m "Say what the rules of this repository are"',
}

function InForce({ branch }: { readonly branch: string | null }) {
  return (
    <div className="small">
      <p>
        To put a text in force, save it as <code>.countersign.yaml</code> at the root of the repository and commit it to{' '}
        {branch === null ? 'the branch that is governed' : <code>{oneLine(branch.replace(/^refs\/heads\//, ''))}</code>}
        , like any other change; the change itself counts as sensitive. It holds for what is merged on top of that
        commit.
      </p>
      {[commands.check, commands.commit].map((command) => (
        <p key={command}>
          <span className="command">
            <code>{command}</code>
            <Copy value={command} label="command" />
          </span>
        </p>
      ))}
    </div>
  )
}
