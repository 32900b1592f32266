import { rm } from 'node:fs/promises'

/** Removes a folder of a test; again where a program of the test that was told to end, or killed, still writes there. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}
