// `npm test`: runs the four suites one after another and ends with one line, `N passed, N failed[, N skipped]`.
// Arguments choose suites (`npm test -- node deno`); without any, all run.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

interface Suite {
  /** The test command, which writes its report to `file`. */
  command: (file: string) => string[]
  read: (report: string) => Counts
}

const vitest = (project: string) => (file: string) => [
  'vitest',
  'run',
  '--project',
  project,
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${file}`,
]

const suites: Record<string, Suite> = {
  node: { command: vitest('node'), read: readVitest },
  workerd: { command: vitest('workerd'), read: readVitest },
  deno: {
    command: (file) => ['deno', 'test', '--allow-all', `--junit-path=${file}`, 'test/runtime/deno'],
    read: readJunit,
  },
  browser: { command: vitest('browser'), read: readVitest },
}

const root = resolve(import.meta.dirname, '..')
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(suites, name))
if (unknown.length) {
  process.stderr.write(
    `There is no suite ${unknown.join(', ')}; choose from ${Object.keys(suites).join(', ')}.\n`,
  )
  process.exit(2)
}

const scratch = mkdtempSync(join(tmpdir(), 'mayday-test-'))
const lines: string[] = []
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
// The edge serves the pages, and three suites start it.
if (!succeeds(['vite', 'build', 'dashboard', '--logLevel', 'warn'])) {
  lines.push('The dashboard does not build.')
  total.failed++
}
for (const name of wanted.length ? wanted : Object.keys(suites)) {
  process.stdout.write(`\n— ${name}\n`)
  const counts = runSuite(name, suites[name]!)
  lines.push(`${name}: ${show(counts)}`)
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key]
}
rmSync(scratch, { recursive: true, force: true })
process.stdout.write(`\n${lines.join('\n')}\n${show(total)}\n`)
process.exitCode = total.failed ? 1 : 0

/** A suite that ends badly without naming a failed test counts as one failure. */
function runSuite(name: string, suite: Suite): Counts {
  const file = join(scratch, `${name}.report`)
  const fine = succeeds(suite.command(file))
  let counts: Counts
  try {
    counts = suite.read(readFileSync(file, 'utf8'))
  } catch (error) {
    process.stderr.write(`${name}: no readable report: ${(error as Error).message}\n`)
    counts = { passed: 0, failed: 1, skipped: 0 }
  }
  return fine || counts.failed ? counts : { ...counts, failed: 1 }
}

function succeeds([program, ...args]: string[]): boolean {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`
  const env = { ...process.env, PATH: path, WRANGLER_SEND_METRICS: 'false' }
  return spawnSync(program!, args, { cwd: root, stdio: 'inherit', env }).status === 0
}

/** The fields used of vitest's JSON report. A file that does not load has failed without any test. */
function readVitest(report: string): Counts {
  const data = JSON.parse(report) as {
    numPassedTests: number
    numFailedTests: number
    numPendingTests: number
    numTodoTests: number
    testResults: { status: string; assertionResults: { status: string }[] }[]
  }
  const unloadable = data.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  return {
    passed: data.numPassedTests,
    failed: data.numFailedTests + unloadable,
    skipped: data.numPendingTests + data.numTodoTests,
  }
}

/** JUnit XML: one `<testcase>` a test, with `<failure>`, `<error>` or `<skipped>` inside when it did not pass. */
function readJunit(report: string): Counts {
  const cases = report.match(/<testcase\b[^>]*?(?:\/>|>[\s\S]*?<\/testcase>)/g) ?? []
  const failed = cases.filter((text) => /<(failure|error)\b/.test(text)).length
  const skipped = cases.filter((text) => /<skipped\b/.test(text)).length
  return { passed: cases.length - failed - skipped, failed, skipped }
}

function show({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
}
