import { isObject } from './redact.ts'

/** What stands in the place of what was taken out. */
export const removed = '[removed]'

/**
 * Marks of secrets that are told by their form alone, each with a bounded length. It is a net below what the formats'
 * own readers take out by knowing where scanners put what they found.
 */
const forms: readonly string[] = [
  // AWS, GitHub, GitLab, Slack
  '\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b',
  '\\bgh[pousr]_[A-Za-z0-9]{30,255}\\b',
  '\\bgithub_pat_[A-Za-z0-9_]{22,255}\\b',
  '\\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_.-]{20,255}',
  '\\bxox[abeoprs]-[A-Za-z0-9-]{10,255}',
  'hooks\\.slack\\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,200}',
  // models, payment, packages, clouds
  '\\bsk-(?:ant|proj|svcacct|admin|or)-[A-Za-z0-9_-]{16,300}',
  '\\bsk-[A-Za-z0-9]{32,100}\\b',
  '\\b[rs]k_(?:live|test)_[0-9A-Za-z]{10,100}\\b',
  '\\bAIza[0-9A-Za-z_-]{35}',
  '\\bya29\\.[0-9A-Za-z_-]{20,300}',
  '\\bnpm_[A-Za-z0-9]{36}\\b',
  '\\bpypi-AgE[A-Za-z0-9_-]{50,300}',
  '\\bhf_[A-Za-z0-9]{30,60}\\b',
  '\\bdop_v1_[0-9a-f]{64}\\b',
  '\\bSG\\.[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,64}',
  // our own
  '\\bcst_(?:api|session|link)_[A-Za-z0-9_-]{43}_[0-9a-f]{8}\\b',
  // JSON web tokens, bearer headers, passwords in addresses, private keys
  '\\beyJ[A-Za-z0-9_-]{8,2000}\\.eyJ[A-Za-z0-9_-]{8,4000}\\.[A-Za-z0-9_-]{8,1000}',
  '\\b[Bb]earer (?=[A-Za-z._~+/-]{0,200}[0-9])[A-Za-z0-9._~+/-]{20,1000}',
  '(?<=://[^\\s/:@"\'<>]{1,100}:)[^\\s/:@"\'<>]{3,200}(?=@)',
  '-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[^"]){0,16000}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?',
]
const form = new RegExp(forms.join('|'), 'g')

/** The text without what has the form of a secret, and how many there were. */
export function removeSecrets(text: string): { readonly text: string; readonly count: number } {
  let count = 0
  const clean = text.replace(form, () => {
    count++
    return removed
  })
  return { text: clean, count }
}

/**
 * The same in every string and every name of a JSON value, which is changed in place.
 *
 * @returns how many there were
 */
export function removeSecretsIn(value: unknown): number {
  if (!isObject(value)) return 0
  let count = 0
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'string') {
      const found = removeSecrets(member)
      if (found.count > 0) Reflect.set(value, name, found.text)
      count += found.count
    } else count += removeSecretsIn(member)
    count += renameSecret(value, name)
  }
  return count
}

function renameSecret(value: object, name: string): number {
  if (Array.isArray(value)) return 0
  const found = removeSecrets(name)
  if (found.count === 0) return 0
  Reflect.set(value, `${found.text}${Object.keys(value).length}`, Reflect.get(value, name))
  Reflect.deleteProperty(value, name)
  return found.count
}
