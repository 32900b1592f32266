import type { Authorizer } from '../cedar/authorize.ts'

const schema =
  'entity Probe; action "probe" appliesTo { principal: [Probe], resource: [Probe], context: { open: Bool } };'
const text = 'permit (principal, action == Action::"probe", resource) when { context.open };'
const action = 'Action::"probe"'

/** Whether Cedar still allows what it must allow and denies what it must deny. */
export function createProbe(authorizer: Authorizer): () => boolean {
  const policy = {
    id: 'probe',
    effect: 'permit' as const,
    title: 'probe',
    reason: '',
    severity: null,
    text,
    actions: [action],
  }
  const loaded = authorizer.load({ schema, policies: [policy] })
  const someone = { type: 'Probe', id: 'a' }
  const ask = (open: boolean) =>
    authorizer.authorize(loaded, { principal: someone, action, resource: someone, entities: [], context: { open } })
  return () => ask(true).decision === 'allow' && ask(false).decision === 'deny' && ask(true).errors.length === 0
}
