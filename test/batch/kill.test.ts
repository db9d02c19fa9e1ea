// `mayday process` killed at random moments, again and again: what it leaves, the next run finishes.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createFolderStorage } from '../../shared/storage/folder.node.ts'
import { runMayday } from '../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../support/stored-reports.ts'

const kills = Number(process.env.MAYDAY_TEST_KILLS || 8)
const crashes = Number(process.env.MAYDAY_TEST_CRASHES || 120)
const seed = 20261021

const dir = mkdtempSync(join(tmpdir(), 'mayday-kill-'))
const store = `file:${join(dir, 'data')}`
const env = { MAYDAY_CACHE: join(dir, 'cache') }
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Numbers in [0, 1), the same ones every time. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function createRandom(state: number): () => number {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Starts the command and kills it after `ms`, unless it has ended by then; true when it was killed. */
function killAfter(ms: number, args: string[]): Promise<boolean> {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, '../../batch/mayday.ts'), ...args], {
    env: { ...process.env, MAYDAY_STORE: '', ...env },
    stdio: 'ignore',
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  return new Promise((done) => {
    child.once('exit', (_code, signal) => {
      clearTimeout(timer)
      done(signal === 'SIGKILL')
    })
  })
}

test(`killed ${kills} times over ${crashes} crashes: none lost, none doubled`, {
  timeout: 20 * 60_000,
}, async () => {
  const storage = createFolderStorage(join(dir, 'data', 'crashes'))
  const dumps = ['cpp-basics-O0-null-read', 'cpp-basics-O2-trap'].map(fixtureDump)
  for (let n = 0; n < crashes; n++) {
    await storeReport(storage, {
      annotations: { ProductName: 'P', n: String(n) },
      dumps: [{ name: 'upload_file_minidump', bytes: dumps[n % 2]! }],
      now: new Date(`2026-10-2${n % 3}T12:00:00Z`),
    })
  }
  const random = createRandom(seed)
  const args = ['process', '--store', store, '--merge-every', '5', '--workers', '2']
  let killed = 0
  for (let n = 0; n < kills; n++) if (await killAfter(400 + random() * 2200, args)) killed++
  expect(killed).toBeGreaterThan(0)

  const last = await runMayday([...args, '--json'], env)
  expect(last).toMatchObject({ code: 0, stderr: '' })
  const verify = await runMayday(['verify', '--store', store, '--json'], env)
  expect(JSON.parse(verify.stdout)).toMatchObject({ crashes, findings: [] })
  const query = 'select count(*) n, count(distinct crash_id) ids from crashes'
  const counted = await runMayday(['sql', query, '--store', store, '--format', 'jsonl'], env)
  expect(JSON.parse(counted.stdout)).toEqual({ n: crashes, ids: crashes })
})
