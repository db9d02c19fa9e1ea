// `npm run mutants -- N SEED [FOLDER]`: changes N random places of the source (below FOLDER), one at a time, and lists the
// changes that no test notices. By hand: it takes some seconds for each, minutes where no test notices it. The mutants are
// made in a copy of the repository.
import { type ChildProcess, execFileSync, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { importersOf, importsOf, sourceFiles } from '../support/imports.ts'
import { createRandom } from '../support/mutate.ts'
import { applyMutant, type Mutant, mutantsOf } from './source-mutants.ts'
import type { WarmRun } from './warm-tests.ts'

const root = resolve(import.meta.dirname, '../..')
const [count = 20, seed = 1] = process.argv.slice(2, 4).map(Number)
const below = process.argv[4] ?? ''
if (!Number.isSafeInteger(count) || !Number.isSafeInteger(seed)) {
  process.stderr.write('usage: npm run mutants -- N SEED [FOLDER]\n')
  process.exit(2)
}

const scratch = mkdtempSync(join(tmpdir(), 'mayday-mutants-'))
const copy = join(scratch, 'repository')
let running: ChildProcess | undefined
let warm: ChildProcess | undefined
process.on('exit', () => {
  for (const child of [running, warm]) if (child?.exitCode === null) killGroup(child)
  rmSync(scratch, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .trimEnd()
  .split('\n')
for (const file of files) if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file))
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
// Data that some tests read beside the repository.
symlinkSync(resolve(root, '../shared'), join(scratch, 'shared'))

const parts = ['shared', 'edge', 'batch', 'dashboard']
const all = files
  .filter((file) => parts.some((part) => file.startsWith(`${part}/`)) && /\.tsx?$/.test(file))
  .filter((file) => file.startsWith(below))
  .filter((file) => existsSync(join(copy, file)))
  .flatMap((file) => mutantsOf(file, readFileSync(join(copy, file), 'utf8')))
/** Each kind is as likely as the others, though there are few boundaries and many strings. */
const byKind = [...Map.groupBy(all, ({ kind }) => kind).values()]
const random = createRandom(seed)
const pick = <T>(list: T[]) => list[Math.floor(random() * list.length)]!
const imports = [...parts, 'test'].flatMap((part) =>
  sourceFiles(copy, part).flatMap((file) => importsOf(copy, file)),
)
/** Tests that take longer hang; near ones, that a warm process runs, sooner. */
const longestMs = 1_200_000
const longestWarmMs = 120_000
const survivors: string[] = []
let sampled = 0
while (sampled < count) {
  const mutant = pick(pick(byKind))
  const line = describe(mutant)
  process.stdout.write(line)
  if (!compiles(mutant)) {
    process.stdout.write('  does not compile\n')
    continue
  }
  sampled++
  const noticed = await isNoticed(mutant)
  process.stdout.write(noticed ? '  noticed\n' : '  SURVIVED\n')
  if (!noticed) survivors.push(line)
}
const score = Math.round((100 * (sampled - survivors.length)) / Math.max(sampled, 1))
warm?.disconnect()
process.stdout.write(`\n${sampled - survivors.length} of ${sampled} noticed (${score} %), seed ${seed}\n`)

function describe({ file, line, kind, start, end, replacement }: Mutant): string {
  const text = readFileSync(join(copy, file), 'utf8').slice(start, end)
  const short = (code: string) => code.replace(/\s+/g, ' ').slice(0, 60)
  return `${file}:${line}  ${kind}: ${short(text)} → ${short(replacement)}`
}

/** Whether types allow the change. Those of other codes of errors or names of fields do not. */
function compiles(mutant: Mutant): boolean {
  const path = join(copy, mutant.file)
  const original = readFileSync(path, 'utf8')
  const part = mutant.file.endsWith('.node.ts') ? 'batch' : mutant.file.split('/')[0]!
  const project = part === 'shared' ? '.' : part
  const known = ['--incremental', '--tsBuildInfoFile', join(scratch, `types-${part}.json`)]
  writeFileSync(path, applyMutant(original, mutant))
  const { status } = spawnSync(join(copy, 'node_modules/.bin/tsc'), ['-p', project, '--noEmit', ...known], {
    cwd: copy,
  })
  writeFileSync(path, original)
  return status === 0
}

/**
 * Runs the nearest tests that import the file, first in a process that is warm, the fast tests of the room, more that
 * import it, also of other parts, and slow ones; then, for the dashboard, those in the browser, and for the edge those in
 * Deno. What fails must pass without the mutant. A test that hangs notices the mutant, too.
 */
async function isNoticed(mutant: Mutant): Promise<boolean> {
  const path = join(copy, mutant.file)
  const original = readFileSync(path, 'utf8')
  const part = mutant.file.split('/')[0]!
  const importing = importingTests(mutant.file)
  const projects = ['--project=node', ...(part === 'edge' ? ['--project=workerd'] : [])]
  const near = (most: number) => importing((test) => !test.isSlow && test.part === part, most)
  const stages = [
    ['run', ...projects, ...near(8)],
    ['run', ...projects, `${roomOf(mutant.file)}/`],
    ['run', ...projects, ...near(30)],
    ['run', ...projects, ...importing((test) => !test.isSlow && test.part !== part, 15)],
    ['run', ...projects, ...slowTests(mutant.file), ...importing((test) => test.isSlow, 5)],
    ...(part === 'dashboard' ? [['run', '--project=browser', 'test/dashboard/']] : []),
  ].filter((stage) => stage.some((word) => word.startsWith('test/')))
  if (await failsWarm({ tests: near(8), changed: mutant.file }, { path, original, mutant })) return true
  for (const stage of stages) {
    writeFileSync(path, applyMutant(original, mutant))
    const failed = await failedFiles(stage)
    writeFileSync(path, original)
    if (!failed) continue
    if (failed.length === 0 || (await failedFiles(['run', ...failed])) === null) return true
    process.stdout.write(`  (without it, too: ${failed.join(', ')})`)
  }
  if (part !== 'edge') return false
  writeFileSync(path, applyMutant(original, mutant))
  const failed = failsInDeno()
  writeFileSync(path, original)
  return failed && !failsInDeno()
}

/** Whether a test of the edge in Deno fails or hangs. */
function failsInDeno(): boolean {
  const args = ['test', '--allow-all', '--quiet', '--fail-fast', 'test/edge/runtime/deno']
  const { status } = spawnSync(join(copy, 'node_modules/.bin/deno'), args, { cwd: copy, timeout: longestMs })
  return status !== 0
}

/** Whether tests fail or hang with the mutant, and pass without it. */
async function failsWarm(
  run: WarmRun,
  { path, original, mutant }: { path: string; original: string; mutant: Mutant },
): Promise<boolean> {
  if (run.tests.length === 0) return false
  writeFileSync(path, applyMutant(original, mutant))
  const failed = await askWarm(run)
  writeFileSync(path, original)
  return failed && !(await askWarm(run))
}

async function askWarm(run: WarmRun): Promise<boolean> {
  const child = warm ?? (await startWarm())
  child.send(run)
  const answer = once(child, 'message', { signal: AbortSignal.timeout(longestWarmMs) })
  return answer.then(
    ([failed]) => failed as boolean,
    () => {
      killGroup(child)
      warm = undefined
      return true
    },
  )
}

async function startWarm(): Promise<ChildProcess> {
  const script = join(copy, 'test/mutants/warm-tests.ts')
  warm = fork(script, { cwd: copy, detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  await once(warm, 'message')
  return warm
}

/** Tests of Node that import a file, those with the fewest steps between first. */
function importingTests(file: string) {
  const tests = importersOf(file, imports)
    .filter((name) => name.endsWith('.test.ts') && !/\/(?:deno|workerd|browser)\//.test(name))
    .map((name) => ({ name, isSlow: isSlow(name), part: name.split('/')[1] }))
  return (choose: (test: (typeof tests)[number]) => boolean, most: number) =>
    tests
      .filter(choose)
      .slice(0, most)
      .map(({ name }) => name)
}

/** Most tests of the browser are slow. */
function needsSlow(command: readonly string[]): boolean {
  return command.includes('--project=browser') || command.some(isSlow)
}

/** Slow tests of the room: most of them start commands instead of importing modules. */
function slowTests(file: string): string[] {
  return sourceFiles(copy, roomOf(file)).filter(isSlow)
}

function isSlow(test: string): boolean {
  return test.endsWith('.slow.test.ts')
}

/** The nearest folder of tests: test/shared/minidump for shared/minidump/reasons/names.ts when it has no closer one. */
function roomOf(file: string): string {
  let folder = `test/${dirname(file)}`
  while (!existsSync(join(copy, folder))) folder = dirname(folder)
  return folder
}

/** The files with a test that failed, none if the tests hang or do not start; null: all passed. */
async function failedFiles(command: readonly string[]): Promise<string[] | null> {
  const results = join(scratch, 'results.json')
  rmSync(results, { force: true })
  // On a busy machine, tests are slow, but a mutant is noticed only by a test that fails.
  const timeouts = ['--testTimeout=120000', '--hookTimeout=120000']
  const report = ['--reporter=json', `--outputFile=${results}`]
  const args = [...command, '--bail=1', '--passWithNoTests', ...timeouts, ...report]
  const child = spawn(process.execPath, [join(copy, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: copy,
    env: { ...process.env, ...(!needsSlow(command) && { SKIP_SLOW: '1' }) },
    stdio: 'ignore',
    detached: true,
  })
  running = child
  const timer = setTimeout(() => killGroup(child), longestMs)
  const code = await new Promise<number | null>((done) => child.once('exit', done))
  clearTimeout(timer)
  if (code === 0) return null
  if (!existsSync(results)) return []
  const { testResults } = JSON.parse(readFileSync(results, 'utf8')) as {
    testResults: { name: string; status: string }[]
  }
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => relative(copy, name))
}

/** Kills the runner with its workers, which are a process group of their own. */
function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}
