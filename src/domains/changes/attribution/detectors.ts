/**
 * How AI tools say that they took part. One object is one way of saying it; adding one is adding an object here and a
 * line to the table in `detectors.test.ts`. Identities are matched whole, never by domain or by part of a name: people
 * work at the vendors, and some are called Claude.
 */
export type Detector = Identity | TrailerMark | Footer | Branch | Text

interface Tool {
  readonly id: string
  readonly tool: string
  readonly vendor: string
}

/** The author, the committer or a co-author is the tool itself. */
export interface Identity extends Tool {
  readonly kind: 'identity'
  /** Whole addresses, lower case. */
  readonly emails?: readonly string[]
  /** GitHub accounts, as in `<id>+<login>@users.noreply.github.com`; either part is enough. */
  readonly accounts?: readonly { readonly id?: number; readonly login: string }[]
  /** Whole names, lower case, for tools that share the address of something else. */
  readonly names?: readonly string[]
}

/** A trailer that only this tool writes. */
interface TrailerMark extends Tool {
  readonly kind: 'trailer'
  readonly key: string
  readonly value: RegExp
  readonly source: 'session-trailer' | 'assisted-by-trailer' | 'made-with-trailer' | 'checkpoint-trailer'
}

/** A line of its own that the tool puts into messages and pull requests. */
interface Footer extends Tool {
  readonly kind: 'footer'
  readonly line: RegExp
}

/** A branch that a merge names begins with this; weak, because anyone can name a branch so. */
export interface Branch extends Tool {
  readonly kind: 'branch'
  readonly prefix: string
}

/** A turn of phrase; weak. */
interface Text extends Tool {
  readonly kind: 'text'
  readonly line: RegExp
}

const identities: readonly Identity[] = [
  {
    kind: 'identity',
    id: 'claude-identity',
    tool: 'Claude Code',
    vendor: 'Anthropic',
    emails: ['noreply@anthropic.com', 'claude@anthropic.com'],
    accounts: [{ id: 209825114, login: 'claude[bot]' }],
  },
  {
    kind: 'identity',
    id: 'copilot-identity',
    tool: 'GitHub Copilot',
    vendor: 'GitHub',
    emails: ['copilot@github.com', 'copilot@users.noreply.github.com'],
    accounts: [
      { id: 223556219, login: 'Copilot' },
      { id: 175728472, login: 'Copilot' },
      { id: 198982749, login: 'copilot-swe-agent[bot]' },
      { login: 'copilot[bot]' },
    ],
  },
  {
    kind: 'identity',
    id: 'copilot-autofix-identity',
    tool: 'Copilot Autofix',
    vendor: 'GitHub',
    names: ['copilot autofix powered by ai'],
  },
  {
    kind: 'identity',
    id: 'gemini-code-assist-identity',
    tool: 'Gemini Code Assist',
    vendor: 'Google',
    accounts: [{ id: 176961590, login: 'gemini-code-assist[bot]' }],
  },
  {
    kind: 'identity',
    id: 'gemini-cli-identity',
    tool: 'Gemini CLI',
    vendor: 'Google',
    emails: ['gemini-cli@google.com', 'gemini@google.com', 'noreply@gemini.google.com'],
    accounts: [{ login: 'gemini-cli[bot]' }],
  },
  {
    kind: 'identity',
    id: 'jules-identity',
    tool: 'Jules',
    vendor: 'Google',
    accounts: [{ id: 161369871, login: 'google-labs-jules[bot]' }],
  },
  {
    kind: 'identity',
    id: 'cursor-identity',
    tool: 'Cursor',
    vendor: 'Anysphere',
    emails: ['cursoragent@cursor.com'],
    accounts: [
      { id: 206951365, login: 'cursor[bot]' },
      { id: 199161495, login: 'cursoragent' },
    ],
  },
  {
    kind: 'identity',
    id: 'codex-identity',
    tool: 'Codex',
    vendor: 'OpenAI',
    emails: ['noreply@openai.com', 'codex@openai.com'],
    accounts: [{ id: 199175422, login: 'chatgpt-codex-connector[bot]' }, { login: 'codex[bot]' }],
  },
  {
    kind: 'identity',
    id: 'amp-identity',
    tool: 'Amp',
    vendor: 'Amp',
    emails: ['amp@ampcode.com'],
    accounts: [{ login: 'amp[bot]' }],
  },
  {
    kind: 'identity',
    id: 'devin-identity',
    tool: 'Devin',
    vendor: 'Cognition',
    accounts: [{ id: 158243242, login: 'devin-ai-integration[bot]' }],
  },
  {
    kind: 'identity',
    id: 'opencode-identity',
    tool: 'OpenCode',
    vendor: 'OpenCode',
    emails: ['noreply@opencode.ai'],
    accounts: [{ login: 'opencode-agent[bot]' }],
  },
  {
    kind: 'identity',
    id: 'aider-identity',
    tool: 'Aider',
    vendor: 'Aider',
    emails: ['noreply@aider.chat', 'aider@aider.chat'],
  },
  {
    kind: 'identity',
    id: 'openhands-identity',
    tool: 'OpenHands',
    vendor: 'All Hands AI',
    emails: ['openhands@all-hands.dev'],
    accounts: [{ login: 'openhands-agent' }],
  },
  {
    kind: 'identity',
    id: 'factory-identity',
    tool: 'Droid',
    vendor: 'Factory',
    accounts: [{ id: 138933559, login: 'factory-droid[bot]' }],
  },
  { kind: 'identity', id: 'crush-identity', tool: 'Crush', vendor: 'Charm', emails: ['crush@charm.land'] },
  { kind: 'identity', id: 'warp-identity', tool: 'Warp', vendor: 'Warp', emails: ['agent@warp.dev'] },
  {
    kind: 'identity',
    id: 'qwen-identity',
    tool: 'Qwen Code',
    vendor: 'Alibaba',
    emails: ['qwen-coder@alibabacloud.com'],
  },
  { kind: 'identity', id: 'vibe-identity', tool: 'Mistral Vibe', vendor: 'Mistral AI', emails: ['vibe@mistral.ai'] },
  { kind: 'identity', id: 'junie-identity', tool: 'Junie', vendor: 'JetBrains', emails: ['junie@jetbrains.com'] },
  {
    kind: 'identity',
    id: 'roo-identity',
    tool: 'Roo Code',
    vendor: 'Roo Code',
    emails: ['roomote@roocode.com'],
    accounts: [{ login: 'roomote[bot]' }],
  },
  {
    kind: 'identity',
    id: 'lovable-identity',
    tool: 'Lovable',
    vendor: 'Lovable',
    accounts: [{ id: 159125892, login: 'gpt-engineer-app[bot]' }, { login: 'lovable-dev[bot]' }],
  },
  { kind: 'identity', id: 'v0-identity', tool: 'v0', vendor: 'Vercel', accounts: [{ login: 'v0[bot]' }] },
  {
    kind: 'identity',
    id: 'sweep-identity',
    tool: 'Sweep',
    vendor: 'Sweep AI',
    accounts: [{ id: 128439645, login: 'sweep-ai[bot]' }],
  },
  {
    kind: 'identity',
    id: 'coderabbit-identity',
    tool: 'CodeRabbit',
    vendor: 'CodeRabbit',
    accounts: [{ id: 136622811, login: 'coderabbitai[bot]' }],
  },
  {
    kind: 'identity',
    id: 'amazon-q-identity',
    tool: 'Amazon Q Developer',
    vendor: 'Amazon',
    accounts: [{ id: 208079219, login: 'amazon-q-developer[bot]' }],
  },
  { kind: 'identity', id: 'replit-identity', tool: 'Replit Agent', vendor: 'Replit', emails: ['agent@replit.com'] },
  // translates by language model and commits what comes out
  { kind: 'identity', id: 'languine-identity', tool: 'Languine', vendor: 'Languine', emails: ['bot@languine.ai'] },
]

/** Names by which people and tools mean an AI in a free value; the first that occurs gives the tool. */
export const toolNames: readonly (readonly [RegExp, string, string])[] = [
  [/\bclaude\b/i, 'Claude Code', 'Anthropic'],
  [/\bcopilot\b/i, 'GitHub Copilot', 'GitHub'],
  [/\bcodex\b/i, 'Codex', 'OpenAI'],
  [/\bcursor\b/i, 'Cursor', 'Anysphere'],
  [/\bgemini\b/i, 'Gemini', 'Google'],
  [/\bjules\b/i, 'Jules', 'Google'],
  [/\b(chat)?gpt\b|\bopenai\b/i, 'ChatGPT', 'OpenAI'],
  [/\bdevin\b/i, 'Devin', 'Cognition'],
  [/\bwindsurf\b/i, 'Windsurf', 'Cognition'],
  [/\bopencode\b/i, 'OpenCode', 'OpenCode'],
  [/\baider\b/i, 'Aider', 'Aider'],
  [/\bamp\b/i, 'Amp', 'Amp'],
  [/\bjunie\b/i, 'Junie', 'JetBrains'],
  [/\bqwen\b/i, 'Qwen Code', 'Alibaba'],
  [/\bcrush\b/i, 'Crush', 'Charm'],
  [/\bmistral\b/i, 'Mistral Vibe', 'Mistral AI'],
  [/\bkiro\b/i, 'Kiro', 'Amazon'],
  [/\bopenhands\b/i, 'OpenHands', 'All Hands AI'],
  [/\bfirebender\b/i, 'Firebender', 'Firebender'],
  [/\bgoose\b/i, 'Goose', 'Block'],
  [/\bcline\b/i, 'Cline', 'Cline'],
  [/\bdeepseek\b/i, 'DeepSeek', 'DeepSeek'],
  [/\bgrok\b/i, 'Grok', 'xAI'],
  [/\bcontinue\b/i, 'Continue', 'Continue'],
  [/\bdroid\b/i, 'Droid', 'Factory'],
  [/\bauggie\b|\baugment\b/i, 'Augment', 'Augment'],
  [/\b(llm|language model|ai)\b/i, 'AI (unnamed)', 'unknown'],
]

/** The tool is the one that the value or line names, see `toolNames`. */
const namedTool = { tool: '', vendor: '' } as const

const trailers: readonly TrailerMark[] = [
  // `Assisted-by: AGENT:MODEL [TOOL...]` is the form of the Linux kernel; people are thanked by the same trailer.
  ...(['assisted-by', 'generated-by', 'ai-assisted-by', 'co-developed-by-ai'] as const).map((key) => ({
    kind: 'trailer' as const,
    id: key,
    ...namedTool,
    key,
    value: /\S/,
    source: 'assisted-by-trailer' as const,
  })),
  {
    kind: 'trailer',
    id: 'claude-session',
    tool: 'Claude Code',
    vendor: 'Anthropic',
    key: 'claude-session',
    value: /\S{6}/,
    source: 'session-trailer',
  },
  {
    kind: 'trailer',
    id: 'copilot-session',
    tool: 'GitHub Copilot',
    vendor: 'GitHub',
    key: 'copilot-session',
    value: /\S{6}/,
    source: 'session-trailer',
  },
  {
    kind: 'trailer',
    id: 'amp-thread',
    tool: 'Amp',
    vendor: 'Amp',
    key: 'amp-thread-id',
    value: /\bT-[0-9a-f-]{8}/i,
    source: 'session-trailer',
  },
  {
    kind: 'trailer',
    id: 'entire-checkpoint',
    tool: 'agent recorded by Entire',
    vendor: 'unknown',
    key: 'entire-checkpoint',
    value: /^[0-9a-f]{12}\b/,
    source: 'checkpoint-trailer',
  },
  { kind: 'trailer', id: 'made-with', ...namedTool, key: 'made-with', value: /\S/, source: 'made-with-trailer' },
  {
    kind: 'trailer',
    id: 'replit-agent',
    tool: 'Replit Agent',
    vendor: 'Replit',
    key: 'replit-commit-author',
    value: /^(agent|assistant)\b/i,
    source: 'made-with-trailer',
  },
]

// Before the words only marks such as an emoji, a bullet or emphasis: a quoted footer (`> ...`) is not one.
const start = String.raw`^[^\p{L}\p{N}>"'|]{0,8}`

const footers: readonly Footer[] = [
  {
    kind: 'footer',
    id: 'claude-code-footer',
    tool: 'Claude Code',
    vendor: 'Anthropic',
    line: new RegExp(String.raw`${start}(generated|created|made|built) (with|by) \[?claude( code)?\b`, 'iu'),
  },
  {
    kind: 'footer',
    id: 'tool-footer',
    ...namedTool,
    line: new RegExp(
      String.raw`${start}(co-?)?(generated|created|made|written|built) (with|by|using) \[?(opencode|crush|codex|openai codex|cursor|amp|devin|gemini( cli)?|github copilot|copilot|jules|firebender|mistral vibe|qwen code|kiro|windsurf|continue|goose|droid|aider|auggie|junie|openhands|cline)\b\]?([^\p{L}]|$)`,
      'iu',
    ),
  },
]

const branches: readonly Branch[] = (
  [
    ['codex/', 'Codex', 'OpenAI'],
    ['claude/', 'Claude Code', 'Anthropic'],
    ['cursor/', 'Cursor', 'Anysphere'],
    ['copilot/', 'GitHub Copilot', 'GitHub'],
    ['devin/', 'Devin', 'Cognition'],
    ['jules/', 'Jules', 'Google'],
    ['opencode/', 'OpenCode', 'OpenCode'],
    ['amp/', 'Amp', 'Amp'],
    ['droid/', 'Droid', 'Factory'],
    ['gemini/', 'Gemini', 'Google'],
    ['windsurf/', 'Windsurf', 'Cognition'],
    ['openhands/', 'OpenHands', 'All Hands AI'],
    ['kiro/', 'Kiro', 'Amazon'],
  ] as const
).map(([prefix, tool, vendor]) => ({ kind: 'branch', id: `${prefix.slice(0, -1)}-branch`, prefix, tool, vendor }))

const byAi = '(ai|llm|chatgpt|gpt-?[345][\\w.]*|claude|copilot|gemini|codex)[- ](generated|assisted|written|authored)'
const work = '(changes?|commits?|patch(es)?|prs?|pull requests?|code|tests?|fix|implementation|refactor(ing)?)'

const texts: readonly Text[] = [
  {
    // Products talk of AI-generated things all day: it counts only when said of the change itself, or as a tag.
    kind: 'text',
    id: 'ai-generated-text',
    ...namedTool,
    line: new RegExp(
      [
        String.raw`\bth(is|ese) (is|was|are|were) (an? |some )?(\w+ly )?${byAi} ${work}\b`,
        String.raw`\b(this|these|the|all) ([\w-]+ ){0,2}${work} ([\w-]+ ){0,3}(is|are|was|were) (\w+ly )?${byAi}\b(?![ -]\w)`,
        String.raw`[[(]${byAi}[\])]`,
        String.raw`^[^\p{L}\p{N}]*${byAi}[^\p{L}\p{N}]*$`,
      ].join('|'),
      'iu',
    ),
  },
  {
    kind: 'text',
    id: 'with-help-text',
    ...namedTool,
    line: /\b(with|using) (the )?(help|assistance|aid) (of|from) (an? )?(ai\b|llm|chatgpt|gpt|claude|copilot|gemini|codex|cursor)/i,
  },
  {
    kind: 'text',
    id: 'written-by-text',
    ...namedTool,
    line: /\b(written|generated|produced|authored|coded|fixed|implemented) (entirely |mostly |fully )?(by|with|using) (chatgpt|gpt-?[345]|claude|github copilot|copilot|gemini|codex|an? (llm|ai)\b)/i,
  },
  { kind: 'text', id: 'vibe-coded-text', tool: 'AI (unnamed)', vendor: 'unknown', line: /\bvibe[- ]cod(ed|ing)\b/i },
]

export const detectors: readonly Detector[] = [...identities, ...trailers, ...footers, ...branches, ...texts]
