import type { Client } from '#client'
import { openRepository, resolveRevision } from '#domains/changes'
import { defineError } from '#platform/errors.ts'

export const NotGoverned = defineError<{ path: string }>(
  'not_governed',
  404,
  ({ path }) => `the server does not govern \`${path}\``,
  'govern it with `countersign repository add PATH`',
)

/** The repository that the server governs in a folder, and the whole id of a revision there (HEAD unless named). */
export async function governedIn(
  path: string,
  revision: string | undefined,
  client: Client,
): Promise<{ repositoryId: string; headOid: string }> {
  const { rootPath } = await openRepository({ path })
  let cursor: string | undefined
  do {
    const page = (await client.get('/v1/repositories', { cursor })) as {
      items: { id: string; path: string }[]
      next: string | null
    }
    const found = page.items.find((one) => one.path === rootPath)
    if (found !== undefined) {
      const { commit } = await resolveRevision(path, revision ?? 'HEAD')
      return { repositoryId: found.id, headOid: commit }
    }
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  throw NotGoverned({ path: rootPath })
}
