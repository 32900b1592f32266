import { readdirSync, readFileSync } from 'node:fs'

/** Processes under `/proc`, where there is one (Linux); elsewhere nothing is known and the figures say so. */

/** `pid` and everything that it started, however deep. */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const one of processIds()) {
    const parent = Number(statOf(one)?.[1] ?? 0)
    children.set(parent, [...(children.get(parent) ?? []), one])
  }
  const found = [pid]
  for (const one of found) found.push(...(children.get(one) ?? []))
  return found
}

/** CPU seconds of a process and of its children that have ended; undefined where nothing is known. */
export function cpuSecondsOf(pid: number): number | undefined {
  const stat = statOf(pid)
  if (stat === undefined) return undefined
  // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), in ticks of 10 ms
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(stat[at] ?? 0), 0) / 100
}

/** CPU seconds of all children of this process that have ended, and of theirs; undefined where nothing is known. */
export function cpuSecondsOfEnded(): number | undefined {
  const stat = statOf(process.pid)
  return stat === undefined ? undefined : (Number(stat[13] ?? 0) + Number(stat[14] ?? 0)) / 100
}

/** Memory of processes in MB, what they share counted once (proportional set size). */
export function memoryOf(pids: readonly number[]): number | undefined {
  const sizes = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0))
  const sum = sizes.reduce((a, b) => a + b, 0)
  return sum === 0 ? undefined : sum / 1024
}

/** Largest resident memory that a process ever had, in MB. */
export function peakMemoryOf(pid: number): number | undefined {
  const found = /^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')
  return found === null ? undefined : Number(found[1]) / 1024
}

/** Name and arguments of a process. */
export function commandOf(pid: number): string {
  return (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim()
}

/** The fields of `/proc/<pid>/stat` after the name: state, parent, … */
function statOf(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
