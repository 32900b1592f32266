import type { Product, StartOptions } from './product.ts'

export { type Attached, attach, attachDatabase } from './attach.ts'
export { type Core, openCore, openInstallationKeys } from './core.ts'
export {
  diskFinding,
  type Finding,
  gitFinding,
  ledgerFindings,
  policyFinding,
  runtimeFinding,
} from './findings.ts'
export { createGovernance } from './governance.ts'
export { createModules, describeModules, type Services } from './modules.ts'
export type { Product, StartOptions } from './product.ts'
export { version } from './version.ts'

/** See `product.ts`; loaded when a server starts, because the commands that start none need no HTTP server. */
export async function startProduct(options: StartOptions): Promise<Product> {
  const product = await import('./product.ts')
  return product.startProduct(options)
}
