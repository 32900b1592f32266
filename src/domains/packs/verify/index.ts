/** The verifier by itself: what verifies a pack needs nothing of what makes one. */
export { runVerify } from './run-verify.ts'
