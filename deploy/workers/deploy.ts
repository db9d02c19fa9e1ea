// `npm run deploy -- staging|production [--dry-run]`: builds, checks and deploys the edge on Cloudflare Workers.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'smol-toml'
import { buildDashboardIfStale } from '../../batch/local/dashboard-build.ts'
import manifest from '../../package.json' with { type: 'json' }
import { CrashError, isCrashError } from '../../shared/errors.ts'
import {
  bindingProblems,
  bucketLists,
  bucketProblems,
  checkSecrets,
  type Environment,
  environments,
  readBucketNames,
  readSecretNames,
  type WranglerFile,
} from './checks.ts'
import { wrangler } from './wrangler.ts'

const root = resolve(import.meta.dirname, '../..')
const say = (line: string) => process.stdout.write(`${line}\n`)

async function run(args: readonly string[]): Promise<void> {
  const { environment, dryRun } = readArguments(args)
  const file = parse(await readFile(join(root, 'wrangler.toml'), 'utf8')) as unknown as WranglerFile
  refuse(bindingProblems(file, environment))
  say(`bindings   complete for ${environment}`)
  say(`dashboard  ${(await buildDashboardIfStale()) ? 'built' : 'up to date'}`)
  await bundle(environment)
  if (dryRun) {
    say('dry run: buckets and secrets of the account were not checked; nothing was deployed')
    return
  }
  await checkAccount(file, environment)
  const version = `MAYDAY_VERSION:${JSON.stringify({ version: manifest.version, commit: commit() })}`
  const output = await wrangler(['deploy', '--env', environment, '--var', version], 'deploy')
  say(output.trim())
  say(`\nNext: curl https://<address above>/__heartbeat__, and docs/cloudflare.md, "A first crash"`)
}

function readArguments(args: readonly string[]): { environment: Environment; dryRun: boolean } {
  const [name, ...rest] = args.filter((arg) => arg !== '--dry-run')
  const environment = environments.find((one) => one === name)
  if (!environment || rest.length > 0)
    throw new CrashError('bad-usage', `Use: npm run deploy -- ${environments.join('|')} [--dry-run]`)
  return { environment, dryRun: args.includes('--dry-run') }
}

/** Builds the Worker as a deployment would. */
async function bundle(environment: Environment): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mayday-worker-'))
  try {
    const args = ['deploy', '--dry-run', '--env', environment, '--outdir', folder]
    const output = await wrangler(args, 'bundle the Worker')
    say(`worker     ${/Total Upload: (.*)/.exec(output)?.[1] ?? 'bundled'}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function checkAccount(file: WranglerFile, environment: Environment): Promise<void> {
  const config = file.env![environment]!
  const buckets: string[] = []
  for (const list of bucketLists(config))
    buckets.push(...readBucketNames(await wrangler(list, 'list the buckets')))
  refuse(bucketProblems(config, buckets))
  say('buckets    exist')
  const list = ['secret', 'list', '--env', environment, '--format', 'json']
  // Before the first deployment there is no Worker that has secrets.
  const output = await wrangler(list, 'list the secrets').catch(() => '[]')
  const { problems, warnings } = checkSecrets(readSecretNames(output) ?? [], environment)
  refuse(problems)
  for (const warning of warnings) say(`warning    ${warning}`)
  say('secrets    are set')
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new CrashError('bad-config', problems.join('\n        '))
}

/** Of the checkout; empty outside one. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (!isCrashError(error)) throw error
  process.stderr.write(`deploy: ${error.message}\n`)
  process.exitCode = error.code === 'bad-usage' ? 2 : 1
}
