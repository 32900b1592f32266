/** Characteristics of an attribute (RFC 7643 section 2.2): one table from which schemas, filters, PATCH and checks follow. */
export interface Attribute {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'complex' | 'reference' | 'binary' | 'dateTime'
  readonly isMulti: boolean
  readonly isRequired: boolean
  readonly isCaseExact: boolean
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly'
  readonly returned: 'always' | 'never' | 'default'
  readonly uniqueness: 'none' | 'server'
  readonly description: string
  readonly sub: readonly Attribute[]
  readonly referenceTypes: readonly string[]
  readonly canonicalValues: readonly string[]
}

export interface ResourceType {
  readonly name: 'User' | 'Group'
  readonly endpoint: '/Users' | '/Groups'
  readonly description: string
  readonly schema: string
  /** With those that every resource has: `id`, `externalId`, `meta`. */
  readonly attributes: readonly Attribute[]
  readonly extensions: readonly Extension[]
}

export interface Extension {
  readonly schema: string
  readonly name: string
  readonly description: string
  readonly attributes: readonly Attribute[]
}

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const enterpriseSchema = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'

type More = Partial<Omit<Attribute, 'name' | 'description'>>

function attribute(name: string, description: string, more: More = {}): Attribute {
  return {
    name,
    type: 'string',
    isMulti: false,
    isRequired: false,
    isCaseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    description,
    sub: [],
    referenceTypes: [],
    canonicalValues: [],
    ...more,
  }
}

const readOnly = { mutability: 'readOnly' } as const
const reference = (...referenceTypes: string[]): More => ({ type: 'reference', isCaseExact: true, referenceTypes })

const common: readonly Attribute[] = [
  attribute('id', 'Ours, never changed', { ...readOnly, isCaseExact: true, returned: 'always', uniqueness: 'server' }),
  attribute('externalId', "The provisioning client's own id", { isCaseExact: true }),
  attribute('meta', 'About the resource', {
    ...readOnly,
    type: 'complex',
    sub: [
      attribute('resourceType', 'User or Group', { ...readOnly, isCaseExact: true }),
      attribute('created', 'When it was made', { ...readOnly, type: 'dateTime' }),
      attribute('lastModified', 'When it was changed last', { ...readOnly, type: 'dateTime' }),
      attribute('location', 'Its address', { ...readOnly, ...reference('uri') }),
      attribute('version', 'Its version, as its ETag', { ...readOnly, isCaseExact: true }),
    ],
  }),
]

/** Elements `{value, display, type, primary}`. */
function plural(name: string, description: string, types: readonly string[], value: More = {}): Attribute {
  return attribute(name, description, {
    type: 'complex',
    isMulti: true,
    sub: [
      attribute('value', 'The value', value),
      attribute('display', 'For display'),
      attribute('type', 'What it is for', { canonicalValues: types }),
      attribute('primary', 'Whether it is the preferred one', { type: 'boolean' }),
    ],
  })
}

const nameAttribute = attribute('name', "The parts of the person's name", {
  type: 'complex',
  sub: [
    attribute('formatted', 'The whole name for display'),
    attribute('familyName', 'Family name'),
    attribute('givenName', 'Given name'),
    attribute('middleName', 'Middle names'),
    attribute('honorificPrefix', 'Title before the name'),
    attribute('honorificSuffix', 'Suffix after the name'),
  ],
})

const addresses = attribute('addresses', 'Postal addresses', {
  type: 'complex',
  isMulti: true,
  sub: [
    attribute('formatted', 'The whole address for display'),
    attribute('streetAddress', 'Street and number'),
    attribute('locality', 'City'),
    attribute('region', 'State or region'),
    attribute('postalCode', 'Postal code'),
    attribute('country', 'Country, ISO 3166-1 alpha-2'),
    attribute('type', 'What it is for', { canonicalValues: ['work', 'home', 'other'] }),
    attribute('primary', 'Whether it is the preferred one', { type: 'boolean' }),
  ],
})

const groupsOfUser = attribute('groups', 'The groups that the user is a member of; changed by changing groups', {
  ...readOnly,
  type: 'complex',
  isMulti: true,
  sub: [
    attribute('value', 'Id of the group', { ...readOnly, isCaseExact: true }),
    attribute('$ref', 'Address of the group', { ...readOnly, ...reference('Group') }),
    attribute('display', 'Name of the group', readOnly),
    attribute('type', 'How the user is a member', { ...readOnly, canonicalValues: ['direct'] }),
  ],
})

const members = attribute('members', 'The users of the group', {
  type: 'complex',
  isMulti: true,
  sub: [
    attribute('value', 'Id of the user', { mutability: 'immutable', isCaseExact: true }),
    attribute('$ref', 'Address of the user', { mutability: 'immutable', ...reference('User') }),
    attribute('type', 'User', { mutability: 'immutable', canonicalValues: ['User'] }),
  ],
})

const enterprise: Extension = {
  schema: enterpriseSchema,
  name: 'EnterpriseUser',
  description: 'What an enterprise knows of a user',
  attributes: [
    attribute('employeeNumber', 'Number or code of the employee'),
    attribute('costCenter', 'Cost centre'),
    attribute('organization', 'Organization'),
    attribute('division', 'Division'),
    attribute('department', 'Department'),
    attribute('manager', "The user's manager", {
      type: 'complex',
      sub: [
        attribute('value', 'Id of the manager', { isCaseExact: true }),
        attribute('$ref', 'Address of the manager', reference('User')),
        attribute('displayName', 'Name of the manager', readOnly),
      ],
    }),
  ],
}

export const userType: ResourceType = {
  name: 'User',
  endpoint: '/Users',
  description: 'A person',
  schema: userSchema,
  attributes: [
    ...common,
    attribute('userName', 'The name by which the directory knows the user; unique whatever its letter case', {
      isRequired: true,
      uniqueness: 'server',
    }),
    nameAttribute,
    attribute('displayName', 'The name for display'),
    attribute('nickName', 'Casual name'),
    attribute('profileUrl', 'Address of a page about the user', reference('external')),
    attribute('title', 'Job title'),
    attribute('userType', 'Kind of employment'),
    attribute('preferredLanguage', 'Preferred language'),
    attribute('locale', 'Locale'),
    attribute('timezone', 'Time zone'),
    attribute('active', 'Whether the user may sign in; false ends sessions, links and API tokens at once', {
      type: 'boolean',
      // true where a new user comes without it; it cannot be removed, for nobody could say what that does
      isRequired: true,
    }),
    attribute('password', 'Accepted, and neither kept nor used', {
      mutability: 'writeOnly',
      returned: 'never',
      isCaseExact: true,
    }),
    plural('emails', 'Mail addresses; nobody is recognised by them', ['work', 'home', 'other']),
    plural('phoneNumbers', 'Telephone numbers', ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    plural('ims', 'Instant message addresses', []),
    plural('photos', 'Addresses of pictures', ['photo', 'thumbnail'], reference('external')),
    addresses,
    groupsOfUser,
    plural('entitlements', 'Entitlements elsewhere; they give nothing here', []),
    plural('roles', 'Roles elsewhere; they give nothing here', []),
    plural('x509Certificates', 'Certificates of the user', [], { type: 'binary', isCaseExact: true }),
  ],
  extensions: [enterprise],
}

export const groupType: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'A group of people',
  schema: groupSchema,
  attributes: [
    ...common,
    attribute('displayName', 'The name of the group; unique whatever its letter case', {
      isRequired: true,
      uniqueness: 'server',
    }),
    members,
  ],
  extensions: [],
}

/** An attribute of a resource, in an extension or not, or a sub-attribute of it. */
export interface AttributePath {
  readonly extension: string | undefined
  readonly attribute: Attribute
  readonly sub: Attribute | undefined
}

const nameForm = /^([A-Za-z$][\w$-]*)(?:\.([A-Za-z$][\w$-]*))?$/

/** Reads `name.familyName`, `urn:…:User:name.familyName` and the like; undefined when the type has no such attribute. */
export function findPath(type: ResourceType, text: string): AttributePath | undefined {
  const { extension, rest } = splitSchema(type, text)
  const [, name, subName] = nameForm.exec(rest) ?? []
  if (name === undefined) return undefined
  const attributes = extension === undefined ? type.attributes : extension.attributes
  const found = findAttribute(attributes, name)
  const sub = found === undefined || subName === undefined ? undefined : findAttribute(found.sub, subName)
  if (found === undefined || (subName !== undefined && sub === undefined)) return undefined
  return { extension: extension?.schema, attribute: found, sub }
}

/** Takes the schema that qualifies a path off it; schemas count in any letter case (RFC 7643 section 2.1). */
export function splitSchema(type: ResourceType, text: string): { extension: Extension | undefined; rest: string } {
  const starts = (schema: string) => text.slice(0, schema.length + 1).toLowerCase() === `${schema.toLowerCase()}:`
  if (starts(type.schema)) return { extension: undefined, rest: text.slice(type.schema.length + 1) }
  const extension = type.extensions.find((one) => starts(one.schema))
  return { extension, rest: extension === undefined ? text : text.slice(extension.schema.length + 1) }
}

export function findExtension(type: ResourceType, schema: string): Extension | undefined {
  return type.extensions.find((one) => one.schema.toLowerCase() === schema.toLowerCase())
}

/** Names of attributes count in any letter case. */
export function findAttribute(attributes: readonly Attribute[], name: string): Attribute | undefined {
  const wanted = name.toLowerCase()
  return attributes.find((one) => one.name.toLowerCase() === wanted)
}

/** A text as it is compared where letter case does not count. */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}
