import { Copy } from './digest.tsx'
import { oneLine } from './figures.ts'

/** A sentence of the server in which commands stand between backticks: each is set apart, with a button that copies it. */
export function Told({ text }: { readonly text: string }) {
  const parts = oneLine(text).split('`')
  return (
    <>
      {parts.map((part, at) =>
        at % 2 === 0 || at === parts.length - 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other name
          <span key={at}>{part}</span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same
          <span key={at} className="command">
            <code>{part}</code>
            <Copy value={part} label="command" />
          </span>
        ),
      )}
    </>
  )
}
