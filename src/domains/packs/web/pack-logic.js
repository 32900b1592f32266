// The verifier of packs, as their own page has it; its types stand beside this file.
export { pageLogic } from '../page-logic.ts'
