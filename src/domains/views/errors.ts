import { defineError } from '#platform/errors.ts'

export const ViewNotFound = defineError<{ viewId: string }>(
  'view_not_found',
  404,
  ({ viewId }) => `saved view \`${viewId}\` is not one of yours`,
)
export const ViewLimit = defineError<{ max: number }>(
  'view_limit',
  409,
  ({ max }) => `you have ${max} saved views, which is the most`,
  'delete one that you do not use',
)
export const ViewNameTaken = defineError<{ page: string }>(
  'view_name_taken',
  409,
  ({ page }) => `you have a view of this name on \`${page}\` already`,
  'take another name, or change the filters of that view',
)

export const viewErrors = [ViewNotFound, ViewLimit, ViewNameTaken]
