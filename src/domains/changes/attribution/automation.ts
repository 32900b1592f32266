/** Machines that are neither a person nor an AI: they change code by fixed rules. Names and addresses are lower case. */
export const automation: {
  readonly emails: readonly string[]
  readonly names: readonly string[]
  readonly accountIds: readonly number[]
  readonly patterns: readonly RegExp[]
  /** Subjects of the commits by which they release: the rest of the message quotes those of other commits. */
  readonly releaseSubject: RegExp
} = {
  emails: [
    'noreply@github.com',
    'action@github.com',
    'actions@github.com',
    'github-actions@github.com',
    'support@dependabot.com',
    'bot@renovateapp.com',
    'renovate@whitesourcesoftware.com',
    'semantic-release-bot@martynus.net',
    'hosted@weblate.org',
    'noreply@weblate.org',
    'bot@stepsecurity.io',
    'support@greenkeeper.io',
    'snyk-bot@snyk.io',
    'bors@users.noreply.github.com',
    'gitlab-bot@gitlab.com',
    'bot@speakeasyapi.dev',
  ],
  names: [
    'semantic-release-bot',
    'github actions',
    'github-actions',
    'weblate',
    'renovate bot',
    'k8s-ci-robot',
    'bors',
  ],
  /** github-actions, dependabot, dependabot-preview, renovate, pre-commit-ci, github-advanced-security. */
  accountIds: [41898282, 49699333, 27856297, 29139614, 66853113, 62310815],
  patterns: [/\[bot\]@users\.noreply\.github\.com$/, /^(project|group)_\d+_bot/, /^[\w.-]+\[bot\]$/],
  releaseSubject:
    /^((chore|build|ci)\(release\)|((chore|build|ci)(\([\w./-]{1,40}\))?: )?(release\b|version packages\b))/i,
}
