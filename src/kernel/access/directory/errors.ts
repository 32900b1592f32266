import { defineError } from '#platform/errors.ts'

export const PersonNotFound = defineError<{ personId: string }>(
  'person_not_found',
  404,
  ({ personId }) => `person \`${personId}\` does not exist`,
)
export const GroupNotFound = defineError<{ groupId: string }>(
  'group_not_found',
  404,
  ({ groupId }) => `group \`${groupId}\` does not exist`,
)
export const directoryErrors = [PersonNotFound, GroupNotFound]
