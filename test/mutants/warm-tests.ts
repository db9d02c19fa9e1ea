// A process that runs tests of the current folder again and again, with loaded modules: a tenth of the time of a process for
// each run. Answers each `WarmRun` with whether a test failed.
import { join } from 'node:path'
import { createVitest, type TestSpecification } from 'vitest/node'

/** The tests to run, and the file that has changed since the previous run. */
export interface WarmRun {
  tests: readonly string[]
  changed: string
}

const root = process.cwd()
const vitest = await createVitest('test', {
  ...{ root, watch: false, project: ['node'], passWithNoTests: true, silent: true },
  ...{ reporters: [{}], bail: 1, maxWorkers: 1, testTimeout: 30_000, hookTimeout: 30_000 },
})
await vitest.globTestSpecifications()

async function hasFailed({ tests, changed }: WarmRun): Promise<boolean> {
  vitest.invalidateFile(join(root, changed))
  const specifications = tests.map(
    (test): TestSpecification => vitest.projects[0]!.createSpecification(join(root, test)),
  )
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false)
  return unhandledErrors.length > 0 || testModules.some((module) => !module.ok())
}

process.on('message', async (run: WarmRun) => process.send!(await hasFailed(run)))
process.on('disconnect', () => process.exit())
process.send!('ready')
