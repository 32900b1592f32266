import { defineError } from '#platform/errors.ts'

export const RepositoryUnreadable = defineError<{ path: string; reason: string }>(
  'repository_unreadable',
  422,
  ({ path, reason }) => `the repository at \`${path}\` cannot be read: ${reason}`,
  'give the path of a git repository that this user may read',
)

export const BranchMissing = defineError<{ branch: string }>(
  'branch_missing',
  404,
  ({ branch }) => `the repository has no branch \`${branch}\``,
  'name a branch or tag that `git for-each-ref` lists',
)

export const HistoryRewritten = defineError<{ after: string }>(
  'history_rewritten',
  409,
  ({ after }) => `commit \`${after}\` is not on the first-parent chain of the branch any more`,
  'the branch was rewritten: read it again from its start; changes that still exist keep their ids',
)

export const RangeEmpty = defineError<{ base: string; head: string }>(
  'range_empty',
  422,
  ({ base, head }) => `\`${head}\` brings nothing to \`${base}\``,
  'give as base the branch to merge to, and as head the commit to merge',
)

export const RangeTooLarge = defineError<{ lines: number }>(
  'range_too_large',
  422,
  ({ lines }) => `the range adds more than ${lines} lines or more files than can be read`,
  'split the change',
)

export const GitMissing = defineError<{ binary: string }>(
  'git_missing',
  500,
  ({ binary }) => `\`${binary}\` cannot be run`,
  'install git 2.30 or newer and put it on the search path',
)

export const GitTooOld = defineError<{ version: string }>(
  'git_too_old',
  500,
  ({ version }) => `git ${version} is too old`,
  'install git 2.30 or newer',
)

export const RepositoryNotFound = defineError<{ repositoryId: string }>(
  'repository_not_found',
  404,
  ({ repositoryId }) => `repository \`${repositoryId}\` does not exist`,
  'list the repositories with `GET /v1/repositories`',
)

export const ChangeNotFound = defineError<{ changeId: string }>(
  'change_not_found',
  404,
  ({ changeId }) => `change \`${changeId}\` does not exist`,
)

export const FileNotInChange = defineError<{ path: string }>(
  'file_not_in_change',
  404,
  ({ path }) => `the change has no file \`${path}\``,
  'name a path of `files` of the change',
)

export const CloneUrlRefused = defineError<{ reason: string }>(
  'clone_url_refused',
  400,
  ({ reason }) => `this address is not cloned from: ${reason}`,
  'give an address such as `https://…`, `ssh://git@…`, `git@host:path` or `file:///…`, without a password in it',
)

export const changesErrors = [
  RepositoryUnreadable,
  BranchMissing,
  HistoryRewritten,
  RangeEmpty,
  RangeTooLarge,
  GitMissing,
  GitTooOld,
  RepositoryNotFound,
  ChangeNotFound,
  FileNotInChange,
  CloneUrlRefused,
]
