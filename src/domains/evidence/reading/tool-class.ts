import type { ScanClass } from '../model.ts'

/** What kind of scan a tool makes, by its name. A linter makes none: that it ran says nothing of security. */
const tools: readonly (readonly [name: RegExp, kind: ScanClass | 'lint'])[] = [
  [/gitleaks|trufflehog|detect-?secrets|ggshield|gitguardian|secretlint|whispers|nosey/i, 'secrets'],
  [/checkov|tfsec|kics|terrascan|kube-?(linter|score|sec)|polaris|cfn[-_](nag|lint)|hadolint/i, 'iac'],
  [/osv-scanner|npm.audit|dependency-?check|grype|pip-audit|cargo-(audit|deny)|govulncheck|snyk open source/i, 'sca'],
  [/\b(trivy|snyk container|clair|docker scout)\b/i, 'container'],
  [/scancode|license-?(finder|checker)|fossa/i, 'license'],
  [
    /^(eslint|biome|ruff|pylint|flake8|pmd|checkstyle|ktlint|detekt|rubocop|swiftlint|golangci-lint|clippy|clang-tidy|stylelint|shellcheck|markdownlint|psscriptanalyzer)\b/i,
    'lint',
  ],
]

export function classOfTool(name: string | undefined): ScanClass | 'lint' {
  return tools.find(([pattern]) => pattern.test(name ?? ''))?.[1] ?? 'sast'
}

/** Whether a rule looks for secrets, by its id and what it says of itself: then what it quotes is one. */
export function isSecretRule(id: string | undefined, words: readonly string[]): boolean {
  return (
    /secret|credential|password|hard-?coded|private-?key|api-?key|access-?(key|token)|detected-.*(key|token)/i.test(
      id ?? '',
    ) || words.some((word) => /^(secrets?|credentials?)$|\bCWE-0*(259|312|321|522|798)\b/i.test(word))
  )
}
