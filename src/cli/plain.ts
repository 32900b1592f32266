/** Text that people or repositories wrote, which may be hostile: nothing that a terminal would obey is printed. */
export function plain(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd')
}
