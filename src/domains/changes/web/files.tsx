import { counted, Empty, grouped, Interval, oneLine, useFilters } from '#console'
import './diff.css'
import type { Change } from './change.tsx'
import { FileDiff } from './file-diff.tsx'

type File = Change['files'][number]

const filesShown = 200

/** The files of a change, and the patch of the one that the address names. */
export function Files({ change }: { readonly change: Change }) {
  const [filters, set] = useFilters(['file', 'files'])
  const first = change.files.find((one) => one.class === 'counted') ?? change.files[0]
  const chosen = change.files.find((one) => one.path === filters.file) ?? first
  const shown = filters.files === 'all' ? change.files : change.files.slice(0, filesShown)
  return (
    <section className="card flush" aria-label="Files">
      <h2>{counted(change.files.length, 'file')}</h2>
      {chosen === undefined ? (
        <Empty title="No file was changed">
          <p>Its diff to its first parent is empty.</p>
        </Empty>
      ) : (
        <div className="files">
          <ul className="file-list" aria-label="Changed files">
            {shown.map((file) => (
              <li key={file.path}>
                <button
                  type="button"
                  className="file"
                  aria-current={file === chosen}
                  onClick={() => set({ file: file.path })}
                >
                  <span className="clip mono small" dir="auto" title={oneLine(file.path)}>
                    {oneLine(file.path)}
                  </span>
                  <FileFacts file={file} change={change} />
                </button>
              </li>
            ))}
            {shown.length < change.files.length && (
              <li>
                <button type="button" className="file plain" onClick={() => set({ files: 'all' })}>
                  Show all {grouped(change.files.length)}
                </button>
              </li>
            )}
          </ul>
          <FileDiff key={chosen.path} changeId={change.id} path={chosen.path} />
        </div>
      )}
    </section>
  )
}

function FileFacts({ file, change }: { readonly file: File; readonly change: Change }) {
  const parts = file.grades ?? scaled(change, file.counted)
  return (
    <span className="row small quiet" style={{ flexWrap: 'nowrap' }}>
      <span>
        +{grouped(file.added)} −{grouped(file.removed)}
      </span>
      {file.class === 'counted' && file.counted > 0 ? (
        <span style={{ width: 70 }}>
          <Interval parts={parts} unit="lines" slim />
        </span>
      ) : (
        <span className="tag">{file.class === 'counted' ? file.status : file.class}</span>
      )}
    </span>
  )
}

/** A file without grades of its own has those of the whole change, all of its lines the same. */
function scaled(change: Change, counted: number) {
  const { lines } = change.attribution
  const whole = (part: number) => (part > 0 ? counted : 0)
  return {
    attested: whole(lines.attested),
    declared: whole(lines.declared),
    hinted: whole(lines.hinted),
    humanAttested: whole(lines.humanAttested),
    unknown: whole(lines.unknown),
    total: counted,
  }
}
