import { dirname } from 'node:path'
import { createDurable, type Disk } from './disk.ts'

/** The largest checkpoint that this node ever made public, kept apart from the database and from the tile store. */
export interface HighWater {
  read(): Promise<string | undefined>
  write(note: string): Promise<void>
}

export function createHighWater(place: { readonly disk: Disk; readonly path: string } | undefined): HighWater {
  if (place === undefined) return { read: async () => undefined, write: async () => undefined }
  const { disk, path } = place
  return {
    read: async () => {
      const bytes = await disk.read(path)
      return bytes === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    },
    write: async (note) => {
      const draft = `${path}.draft`
      await disk.remove(draft)
      await createDurable(disk, draft, new TextEncoder().encode(note))
      await disk.rename(draft, path)
      await disk.syncFolder(dirname(path))
    },
  }
}
