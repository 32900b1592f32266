export type { Operations, Schemas } from './api.ts'
export { type Api, ApiProblem, addressOf, createApi, type Input, type Operation, type Reply } from './api-client.ts'
export { type Client, createClient, ServerRefused, ServerUnreachable } from './client.ts'
