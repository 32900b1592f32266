import { assurance, type Module, personRoles, programs } from '#kernel/ledger'
import { member } from '../model.ts'

/** What there is to do with programs that act: agents, pipelines, and the tokens that they show. */
export const programPermissions: Module['permissions'] = [
  {
    name: 'token:introspect',
    about: 'ask what a token may do and who acts by it, as whoever is shown one',
    roles: ['platform-administrator', 'service'],
  },
  {
    name: 'ci-trust:read',
    about: 'list the pipelines that get tokens of minutes for their own',
    roles: ['platform-administrator', 'tech-lead', ...assurance],
  },
  {
    name: 'ci-trust:write',
    about: 'say which pipelines get tokens, and for what',
    roles: ['platform-administrator'],
  },
  {
    name: 'agent:read',
    about: 'list agents, who answers for each, and what it may do',
    roles: [...personRoles, member, ...programs],
  },
  {
    name: 'agent:write',
    about: 'register agents that you answer for, with their keys',
    roles: ['platform-administrator', 'tech-lead', 'senior-developer'],
  },
  {
    name: 'agent:suspend',
    about: 'stop an agent that somebody else answers for',
    roles: ['platform-administrator', 'security'],
  },
  {
    name: 'agent:administer',
    about: 'change, end and hand over agents that somebody else answers for',
    roles: ['platform-administrator'],
  },
]
