import { listen, startPolicyThread } from '../engine/start-thread.ts'
import { failedRun, type TestReport } from './report.ts'
import type { TestInput } from './run-here.ts'

const runTimeoutMs = 60_000

/** Runs the tests of a pack in a thread of its own that is thrown away; whatever goes wrong there is a run that failed. */
export async function runTests(input: TestInput): Promise<TestReport> {
  const worker = startPolicyThread({ task: 'test', input })
  const report = await new Promise<TestReport>((resolve) => {
    const timer = setTimeout(() => resolve(failedRun('the tests took too long')), runTimeoutMs)
    const take = (result: TestReport) => {
      clearTimeout(timer)
      resolve(result)
    }
    listen(
      worker,
      (message) => {
        if (message.kind === 'tested') take(message.report)
      },
      (reason) => take(failedRun(`the tests broke off: ${reason}`)),
    )
  })
  await worker.terminate()
  return report
}
