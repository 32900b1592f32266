export { type Client, createClient, ServerRefused, ServerUnreachable } from './client.ts'
