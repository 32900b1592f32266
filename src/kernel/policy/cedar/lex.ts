/** Largest policy text and schema; larger ones are split. */
const textBytesMax = 65_536
const depthMax = 32

/**
 * Why Cedar's parser must not see a text; undefined when it may. Two hundred nested parentheses, half a kilobyte, overflow the
 * stack of its WebAssembly instance and leave it broken for every later call, so nesting is counted before it parses.
 */
export function whyTooDeep(text: string): string | undefined {
  if (Buffer.byteLength(text) > textBytesMax) return `it is larger than ${textBytesMax / 1024} KB`
  let depth = 0
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|[([{]|[)\]}]/gs)) {
    const mark = token[0]
    if ('([{'.includes(mark)) depth++
    // one that closes nothing does not make room for another
    else if (')]}'.includes(mark)) depth = Math.max(0, depth - 1)
    if (depth > depthMax) return `it is nested deeper than ${depthMax}`
  }
  return undefined
}
