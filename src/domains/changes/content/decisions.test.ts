import { expect, test } from 'vitest'
import { decisionsIn } from './decisions.ts'

// Counted by hand, after McCabe: one for each place where the flow of control parts, and each short circuit.
test.each([
  ['a.ts', '  if (a && b || c) return x ? y : z', 4],
  ['a.ts', 'const x = a ?? b?.c', 1],
  ['a.ts', 'function f(a?: string, iffy: number): format', 0],
  ['a.tsx', '{open ? <A /> : null}', 1],
  ['a.ts', '} catch (error) { for (;;) while (x) {}', 3],
  ['a.ts', "    case 'a': default:", 1],
  ['a.ts', '  // if this && that', 0],
  ['a.java', '   * for each case', 0],
  ['a.go', 'if err != nil && ok {', 2],
  ['a.php', '} elseif ($a) { foreach ($b as $c) {', 2],
  ['a.cs', 'foreach (var a in b) if (a ?? c) {}', 3],
  ['a.swift', 'guard let a = b else { return }', 1],
  ['a.kt', 'val a = b ?: c', 1],
  ['a.rs', 'let a = f()?.map(|x| x).unwrap_or_else(|| 1);', 0],
  ['a.rs', 'Some(x) if x > 1 || y => z,', 3],
  ['a.py', '[x for x in y if x and z or w]', 4],
  ['a.py', 'elif format: except', 2],
  ['a.rb', 'return a unless b rescue c', 2],
  ['a.sh', 'if a && b || c; then x;;', 4],
  ['a.c', '#if defined(A) && defined(B)', 0],
])('%s: %s', (path, line, expected) => {
  expect(decisionsIn(path)?.(line)).toBe(expected)
})

test.each(['README.md', 'a.json', 'Makefile', 'vendor/a.js', 'static/a.min.js', 'api.pb.go', 'a.', 'ts'])(
  'nothing is known of %s',
  (path) => {
    expect(decisionsIn(path)).toBeUndefined()
  },
)
