// `npm test`: runs the four suites and ends with one line, `N passed, N failed[, N skipped]`. The suites of workerd and
// Deno run side by side: each uses one processor.
// Arguments choose suites (`npm test -- node deno`); without any, all run.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { brief, type Outcome } from './support/outcome.ts'

interface Suite {
  /** The test command, which writes its report to `file`, or to the file that the variable OUTCOME_FILE names. */
  command: (file: string) => string[]
  read: (report: string) => Outcome
}

const vitest = (project: string): Suite => ({
  command: () => [
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=./test/support/outcome.ts',
  ],
  read: (report) => JSON.parse(report) as Outcome,
})

const suites: Record<string, Suite> = {
  node: vitest('node'),
  workerd: vitest('workerd'),
  deno: {
    command: (file) => ['deno', 'test', '--allow-all', `--junit-path=${file}`, 'test/edge/runtime/deno'],
    read: readJunit,
  },
  browser: vitest('browser'),
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

const sideBySide = ['workerd', 'deno']
const scratch = mkdtempSync(join(tmpdir(), 'mayday-test-'))
const lines: string[] = []
const total: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [] }
// The edge serves the built pages, and three suites start it.
if (!(await succeeds(['vite', 'build', 'dashboard', '--logLevel', 'warn']))) {
  lines.push('The dashboard does not build.')
  total.failed++
}
for (const names of groupsOf(wanted.length ? wanted : Object.keys(suites))) {
  process.stdout.write(`\n— ${names.join(', ')}\n`)
  const outcomes = await Promise.all(names.map((name, place) => runSuite(name, { isQuiet: place > 0 })))
  for (const [place, outcome] of outcomes.entries()) add(names[place]!, outcome)
}
rmSync(scratch, { recursive: true, force: true })
if (total.failures.length) process.stdout.write(`\n— failed\n${total.failures.join('\n')}\n`)
process.stdout.write(`\n${lines.join('\n')}\n${show(total)}\n`)
process.exitCode = total.failed ? 1 : 0

/** Suites that run together, in the order of their first. */
function groupsOf(names: readonly string[]): string[][] {
  const together = names.filter((name) => sideBySide.includes(name))
  return names.flatMap((name) => {
    if (!together.includes(name)) return [[name]]
    return name === together[0] ? [together] : []
  })
}

function add(name: string, outcome: Outcome): void {
  lines.push(`${name}: ${show(outcome)}`)
  total.failures.push(...outcome.failures.map((text) => `${name}: ${text}`))
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += outcome[key]
}

/** A suite that exits with an error but has no failed test counts as one failure. */
async function runSuite(name: string, { isQuiet }: { isQuiet: boolean }): Promise<Outcome> {
  const suite = suites[name]!
  const file = join(scratch, `${name}.report`)
  const fine = await succeeds(suite.command(file), { more: { OUTCOME_FILE: file }, isQuiet })
  let outcome: Outcome
  try {
    outcome = suite.read(readFileSync(file, 'utf8'))
  } catch (error) {
    const failure = `no readable report: ${(error as Error).message}`
    outcome = { passed: 0, failed: 1, skipped: 0, failures: [failure] }
  }
  if (fine || outcome.failed) return outcome
  return {
    ...outcome,
    failed: 1,
    failures: ['exited with an error but without a failed test; see its output'],
  }
}

interface RunOptions {
  more?: Record<string, string>
  /** Show the output at the end: another suite writes in the meantime. */
  isQuiet?: boolean
}

function succeeds(
  [program, ...args]: string[],
  { more = {}, isQuiet = false }: RunOptions = {},
): Promise<boolean> {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`
  const env = { ...process.env, PATH: path, WRANGLER_SEND_METRICS: 'false', ...more }
  const output = isQuiet ? 'pipe' : 'inherit'
  const child = spawn(program!, args, { cwd: root, env, stdio: ['inherit', output, output] })
  const pieces: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => pieces.push(piece))
  return new Promise((done) => {
    child.once('error', () => done(false))
    child.once('close', (code) => {
      process.stdout.write(Buffer.concat(pieces))
      done(code === 0)
    })
  })
}

/** JUnit XML: one `<testcase>` a test, containing `<failure>`, `<error>` or `<skipped>` when it did not pass. */
function readJunit(report: string): Outcome {
  const cases = report.match(/<testcase\b[^>]*?(?:\/>|>[\s\S]*?<\/testcase>)/g) ?? []
  const failures = cases.filter((text) => /<(failure|error)\b/.test(text)).map(brief)
  const skipped = cases.filter((text) => /<skipped\b/.test(text)).length
  return { passed: cases.length - failures.length - skipped, failed: failures.length, skipped, failures }
}

function show({ passed, failed, skipped }: Omit<Outcome, 'failures'>): string {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
}
