/** The map of the console: every place there is and is to be, in the order of the work. */
export interface Place {
  readonly to: string
  readonly title: string
  /** Pressed after `g`. */
  readonly key?: string
  /** The permission to read what it shows; absent where anybody who is signed in may. */
  readonly needs?: string
  /** What will be here, and what does for now, where the place is still to be built. */
  readonly later?: { readonly what: string; readonly meanwhile: string; readonly link?: string }
}

export interface Area {
  readonly title: string
  readonly places: readonly Place[]
}

export const areas: readonly Area[] = [
  { title: 'Overview', places: [{ to: '/', title: 'Overview', key: 'o' }] },
  {
    title: 'Changes',
    places: [
      { to: '/changes', title: 'Changes', key: 'c', needs: 'change:read' },
      { to: '/repositories', title: 'Repositories', key: 'r', needs: 'repository:read' },
      later(
        '/reviews',
        'Reviews',
        'What waits for your review, with what is known of each change.',
        'The changes page shows who reviewed a change as far as git tells.',
        '/changes',
      ),
    ],
  },
  {
    title: 'AI use',
    places: [
      { to: '/grants', title: 'AI tools', needs: 'grant:read' },
      { to: '/ai-free-periods', title: 'AI-free periods', needs: 'ai-free-period:read' },
      { to: '/architecture-decisions', title: 'Architecture decisions', needs: 'architecture-decision:read' },
      later(
        '/ai-use/live',
        'Live',
        'Prompts, answers and tool calls as they happen, in the words of your policy.',
        'What AI wrote is known from git: filter the changes by AI.',
        '/changes?ai=ai',
      ),
      later(
        '/ai-use/interactions',
        'Interactions',
        'Each request to a model with its answer, as commitments, and what was redacted.',
        'Nothing sees model traffic yet; records of tools in git are read.',
        '/changes?ai=attested',
      ),
      later(
        '/ai-use/tools',
        'Tools',
        'The registry of approved assistants, agents and tool servers, and use outside of it.',
        'Each change names the tools that its commits state.',
        '/changes?ai=declared',
      ),
      later(
        '/ai-use/models',
        'Models',
        'Which models are used, where, and what they cost.',
        'Records of tools name models where the tools write them.',
        '/ledger',
      ),
    ],
  },
  {
    title: 'Policy',
    places: [
      { to: '/policy/decisions', title: 'Decisions', key: 'd', needs: 'decision:read' },
      { to: '/policy/packs', title: 'Rule packs', key: 'u', needs: 'gate:read' },
      { to: '/policy/versions', title: 'Versions', needs: 'policy:read' },
      { to: '/policy/settings', title: 'Policy settings', needs: 'policy:read' },
      { to: '/policy/engines', title: 'OPA engines', needs: 'opa:read' },
      { to: '/policy/exceptions', title: 'Exceptions', needs: 'exception:read' },
      { to: '/policy/overrides', title: 'Overrides', needs: 'override:read' },
      { to: '/policy/charter', title: 'Charter', key: 'a', needs: 'charter:read' },
    ],
  },
  {
    title: 'Assurance',
    places: [
      { to: '/packs', title: 'Evidence packs', key: 'p', needs: 'pack:read' },
      { to: '/assurance/risk', title: 'Risk', key: 'i', needs: 'risk:read' },
      { to: '/assurance/evidence', title: 'Evidence', key: 'e', needs: 'evidence:read' },
      later(
        '/assurance/controls',
        'Controls',
        'Each control with its checks, and the frameworks that it meets.',
        'An evidence pack proves what was recorded, today.',
        '/packs',
      ),
      later(
        '/assurance/audits',
        'Audits',
        'A period and its samples, frozen for an auditor.',
        'Make an evidence pack and hand it over.',
        '/packs',
      ),
    ],
  },
  {
    title: 'Ledger',
    places: [
      { to: '/ledger', title: 'Records', key: 'l', needs: 'ledger:read' },
      { to: '/ledger/checkpoints', title: 'Checkpoints', key: 'k', needs: 'ledger:read' },
    ],
  },
  {
    title: 'People',
    places: [
      { to: '/people/users', title: 'People', key: 'n', needs: 'people:read' },
      { to: '/people/groups', title: 'Groups', needs: 'people:read' },
      { to: '/agents', title: 'Agents', needs: 'agent:read' },
      { to: '/people/ci-trusts', title: 'CI pipelines', needs: 'ci-trust:read' },
      { to: '/people/recoveries', title: 'Lost passkeys', needs: 'people:recover' },
      { to: '/people/provisioning', title: 'Provisioning', needs: 'scim-client:read' },
      { to: '/people/teams', title: 'Teams', needs: 'team:read' },
      { to: '/people/roles', title: 'Roles' },
      { to: '/people/role-holdings', title: 'Role holders', needs: 'role:read' },
      later(
        '/people/training',
        'Training',
        'Who has acknowledged which policy, and what is due.',
        'Keep the list where it is now.',
        '/',
      ),
    ],
  },
  {
    title: 'Settings',
    places: [
      { to: '/settings/health', title: 'Health', key: 'h', needs: 'health:read' },
      { to: '/settings/sign-in', title: 'Sign-in and sessions', key: 's' },
      { to: '/settings/identity-provider', title: 'Identity provider', needs: 'issuer:read' },
      { to: '/settings/tokens', title: 'API tokens', key: 't', needs: 'token:read' },
      { to: '/settings/keys', title: 'Keys', needs: 'pack:read' },
      { to: '/settings/preferences', title: 'Preferences' },
      later(
        '/settings/connectors',
        'Connectors',
        'Your forge, pipelines and tickets.',
        'Repositories are added by path or clone address.',
        '/repositories',
      ),
      later(
        '/settings/sinks',
        'Sinks',
        'Where records go on to: your SIEM, with what was delivered.',
        'Records are read by HTTP, from a cursor of yours.',
        '/ledger',
      ),
      later(
        '/settings/retention',
        'Retention',
        'How long opened values are kept; records themselves stay.',
        'Values behind commitments are erased by destroying their keys.',
        '/settings/keys',
      ),
    ],
  },
]

export const places: readonly Place[] = areas.flatMap((area) => area.places)

/** Whether somebody with these scopes may read what is there. */
export function isOpen({ needs }: Place, scopes: readonly string[]): boolean {
  return needs === undefined || scopes.includes('*') || scopes.includes(needs)
}

/** The areas with the places that are open to these scopes. */
export function openAreas(scopes: readonly string[]): readonly Area[] {
  return areas
    .map((area) => ({ ...area, places: area.places.filter((one) => isOpen(one, scopes)) }))
    .filter((area) => area.places.length > 0)
}

function later(to: string, title: string, what: string, meanwhile: string, link: string): Place {
  return { to, title, later: { what, meanwhile, link } }
}
