/** Approvals as anyone can check them: pure, without a server, in Node and in a page. */
export {
  type Approvable,
  type ApprovalPreimage,
  type ApprovalProof,
  type ApprovalVerdict,
  challengeOf,
  verifyApproval,
} from './verify-approval.ts'
