/** Keeps the first bytes of one line at a time, however it arrives. */
export interface LineStart {
  reset(): void
  feed(bytes: Buffer, from: number, to: number): void
  /** A character for each byte that was kept. */
  text(): string
}

export function createLineStart(bytesMax: number): LineStart {
  let text = ''
  return {
    reset() {
      text = ''
    },
    feed(bytes, from, to) {
      const room = bytesMax - text.length
      if (room > 0) text += bytes.toString('latin1', from, Math.min(to, from + room))
    },
    text: () => text,
  }
}
