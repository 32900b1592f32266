export { type Core, openCore } from './core.ts'
export { createModules, describeModules, type Services } from './modules.ts'
export { type Product, type StartOptions, startProduct } from './product.ts'
export { version } from './version.ts'
