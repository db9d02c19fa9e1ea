// Builds the dashboard when its bundle is missing or older than its sources.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CrashError } from '../../shared/errors.ts'

const root = resolve(import.meta.dirname, '../..')
const bundle = join(root, 'dashboard/dist/index.html')

/** True when it had to be built. Throws CrashError('bad-config') with the bundler's output on failure. */
export async function buildDashboardIfStale(): Promise<boolean> {
  if (modified(bundle) > newestSource()) return false
  await buildDashboard()
  return true
}

function newestSource(): number {
  const sources = readdirSync(join(root, 'dashboard'), { recursive: true, encoding: 'utf8' })
    .filter((file) => !/^(dist|node_modules)(\/|$)/.test(file))
    .map((file) => join(root, 'dashboard', file))
  return Math.max(...sources.map(modified), modified(join(root, 'shared/aggregates/documents.ts')))
}

/** Modification time in milliseconds; 0 when the file does not exist. */
const modified = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

async function buildDashboard(): Promise<void> {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  if (!existsSync(vite))
    throw new CrashError('bad-config', 'The package vite is not installed: run npm ci without --omit=dev')
  const child = spawn(process.execPath, [vite, 'build', 'dashboard', '--logLevel', 'warn'], {
    cwd: root,
    // The build that is deployed, also in tests: Preact's development tools would make it larger.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const words: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => words.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => words.push(chunk))
  await new Promise<void>((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) =>
      code === 0
        ? done()
        : fail(new CrashError('bad-config', `The dashboard does not build:\n${Buffer.concat(words)}`)),
    )
  })
}
