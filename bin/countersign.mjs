#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 node --max-semi-space-size=8 --expose-gc --v8-pool-size=2
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// A small young generation: reading a history makes much garbage, and 8 MiB keep the process below 500 MB at no cost in time,
// and an audit collects what judging left before it makes the pack. Of glibc's memory two arenas are enough, and large buffers
// go back to the system when they are freed; two threads of V8 compile: 75 MB less, at no cost in time either. The line may have
// 127 characters, which is all that older kernels read of it.
// A clone builds itself when its sources are newer than the build; an installed package is built already.
const root = fileURLToPath(new URL('..', import.meta.url))
if (existsSync(`${root}src/cli/main.ts`)) {
  const { buildWhenStale } = await import('../scripts/build.mjs')
  buildWhenStale(root)
}
const { main } = await import('../dist/cli.js')
const code = await main(process.argv.slice(2))
// whatever is still open by now must not keep the command from ending
process.stdout.write('', () => process.exit(code))
