/**
 * What decides. A decision is replayed only by the same ones, because another version may read a rule in another way. A test
 * holds these against `package.json` and what Cedar says of itself.
 */
export const engines = {
  cel: '@bufbuild/cel 0.6.1',
  cedar: '@cedar-policy/cedar-wasm 4.13.0',
  /** Our own part: how facts become values, and statuses a result. Raised when an answer could change. */
  rules: 'countersign 1',
} as const
