// Tries to go back to an older version and forward again: `node test/support/try-rollback.ts CHECKOUT`. CHECKOUT is that version
// with its packages installed. Today's edge and commands work on a store first, then those of the older version, then today's.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { oldVersions, unpackStore } from './old-stores.ts'
import { submitFixture } from './running-serve.ts'
import { startDenoEdge } from './running-edge.ts'

const today = resolve(import.meta.dirname, '../..')
const older = resolve(process.argv[2] ?? '')
const scratch = mkdtempSync(join(tmpdir(), 'mayday-rollback-'))

/** Prints the command and its output. @throws Error when it fails */
function mayday(checkout: string, { store, args }: { store: string; args: string[] }): void {
  const program = ['batch/mayday.js', 'batch/mayday.ts'].find((path) => existsSync(join(checkout, path)))!
  process.stdout.write(`${checkout === today ? 'today' : 'older'}: mayday ${args.join(' ')}\n`)
  const env = { ...process.env, MAYDAY_STORE: `file:${store}`, MAYDAY_CACHE: join(scratch, 'cache') }
  execFileSync(process.execPath, [program, ...args], { cwd: checkout, env, stdio: ['ignore', 1, 2] })
}

/** One report of today's edge. */
async function submit(store: string, version: string): Promise<void> {
  const edge = await startDenoEdge(store)
  try {
    if ((await submitFixture(edge.url, version)) === null) throw new Error('The report was not accepted')
  } finally {
    await edge.stop()
  }
}

const round = [['process'], ['aggregate'], ['verify']]
for (const { day } of oldVersions) {
  const store = join(scratch, day)
  unpackStore(day, store)
  await submit(store, '1.0')
  for (const args of round) mayday(today, { store, args })
  await submit(store, '2.0')
  for (const args of round) mayday(older, { store, args })
  for (const args of [...round, ['verify', '--deep']]) mayday(today, { store, args })
}
rmSync(scratch, { recursive: true })
