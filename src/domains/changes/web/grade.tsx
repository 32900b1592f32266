import { PartKey, type PartName, partWords } from '#console'

/** A grade with the pattern that it has in every bar. */
export function Grade({ grade }: { readonly grade: PartName }) {
  return (
    <span className="level">
      <PartKey name={grade} />
      {partWords[grade]}
    </span>
  )
}
