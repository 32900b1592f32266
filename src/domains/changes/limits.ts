/** What bounds the reading of one history. A limit that was hit is named in `limitsHit` of the change it cut. */
export interface HistoryLimits {
  /** Commits of the branch, newest first; older ones are left out. */
  readonly commits: number
  /** Commits that one change brings; the oldest beyond it are left out. */
  readonly commitsPerChange: number
  /** Files of one diff; further ones are neither listed nor counted. */
  readonly files: number
  /** Added lines of one diff that are graded one by one; further ones are counted as unknown. */
  readonly mappedLines: number
  /** Consecutive commits that name one pull request. */
  readonly rebasedCommits: number
}

export const defaultLimits: HistoryLimits = {
  commits: 1_000_000,
  commitsPerChange: 5_000,
  files: 50_000,
  mappedLines: 500_000,
  rebasedCommits: 250,
}
