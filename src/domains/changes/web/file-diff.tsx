import { type PartName, ProblemNote, partWords, Skeleton, useAnswer } from '#console'

type Diff = NonNullable<ReturnType<typeof useAnswer<'GET /v1/changes/{id}/diff'>>['data']>
type Line = Diff['hunks'][number]['lines'][number]

/** The patch of one file, each added line with what is known of it beside it. */
export function FileDiff({ changeId, path }: { readonly changeId: string; readonly path: string }) {
  const found = useAnswer('GET /v1/changes/{id}/diff', { params: { id: changeId }, query: { path } })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined)
    return (
      <div className="diff" aria-busy="true">
        <Skeleton height={280} />
      </div>
    )
  const { hunks, isBinary, isCut, hasGrades } = found.data
  return (
    <div className="diff">
      {!hasGrades && (
        <p className="small diff-note">
          The repository does not tell any more which of these lines had which grade; the counts are those that were
          recorded.
        </p>
      )}
      {isBinary && <p className="diff-note">A binary file: its contents are not shown.</p>}
      {!isBinary && hunks.length === 0 && (
        <p className="diff-note">No line was changed: it was moved, or its mode was changed.</p>
      )}
      {hunks.map((hunk) => (
        <table key={`${hunk.lines[0]?.old} ${hunk.lines[0]?.new}`} className="hunk">
          <caption className="mono small">{visible(hunk.about) || '…'}</caption>
          <tbody>
            {hunk.lines.map((line) => (
              <Row key={`${line.old} ${line.new}`} line={line} />
            ))}
          </tbody>
        </table>
      ))}
      {isCut && (
        <p className="small diff-note">More of this file than a page can show was left out; `git show` has the rest.</p>
      )}
    </div>
  )
}

const signs = { added: '+', removed: '−', context: '' } as const

function Row({ line }: { readonly line: Line }) {
  const grade: PartName | null = line.grade
  return (
    <tr className={`line ${line.kind}`}>
      <td className="number">{line.old ?? ''}</td>
      <td className="number">{line.new ?? ''}</td>
      <td
        className={grade === null ? 'grade' : `grade grade-${grade}`}
        title={grade === null ? undefined : partWords[grade]}
      >
        {grade !== null && <span className="hidden-text">{partWords[grade]}</span>}
      </td>
      <td className="code">
        <span className="sign" aria-hidden="true">
          {signs[line.kind]}
        </span>
        {line.kind !== 'context' && <span className="hidden-text">{line.kind}: </span>}
        <bdi>{visible(line.text)}</bdi>
      </td>
    </tr>
  )
}

/** Characters that do not show, or that turn the order of others around, are shown as what they are. */
function visible(text: string): string {
  return text.replace(
    /[^\P{C}\t]|[\p{Zl}\p{Zp}]/gu,
    (character) => `⟨U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}⟩`,
  )
}
