// Kills `mayday process` after random numbers of writes, repeatedly: the next run completes the work.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import { createRandom } from '../../support/mutate.ts'
import { runMayday } from '../../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { killAfter } from '../support/kill-after.ts'

const kills = Number(process.env.MAYDAY_TEST_KILLS || 5)
const crashes = Number(process.env.MAYDAY_TEST_CRASHES || 75)
const seed = 20261021
/** An undisturbed run changes about 20 files per crash. */
const mostWrites = (16 * crashes) / kills
const timeout = 20 * 60_000

const dir = mkdtempSync(join(tmpdir(), 'mayday-kill-'))
const env = { MAYDAY_CACHE: join(dir, 'cache') }
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const program = resolve(import.meta.dirname, '../../../batch/mayday.ts')

/** Reports of three days in a new store. */
async function storeReports(name: string): Promise<string> {
  const storage = createFolderStorage(join(dir, name, 'crashes'))
  const dumps = ['cpp-basics-O0-null-read', 'cpp-basics-O2-trap'].map(fixtureDump)
  for (let n = 0; n < crashes; n++) {
    await storeReport(storage, {
      annotations: { ProductName: 'P', n: String(n) },
      dumps: [{ name: 'upload_file_minidump', bytes: dumps[n % 2]! }],
      now: new Date(`2026-10-2${n % 3}T12:00:00Z`),
    })
  }
  return `file:${join(dir, name)}`
}

async function mayday(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runMayday(args, env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

const verify = async (store: string) => JSON.parse(await mayday('verify', '--store', store, '--json'))

describe('mayday process', () => {
  const random = createRandom(seed)
  let reference: string

  test(`killed ${kills} times over ${crashes} crashes: none lost, none duplicated`, { timeout }, async () => {
    reference = await storeReports('killed')
    const args = ['process', '--store', reference, '--merge-every', '5', '--workers', '2']
    let killed = 0
    for (let n = 0; n < kills; n++) {
      if (
        await killAfter(random() * mostWrites, join(dir, 'killed'), [program, ...args], {
          ...env,
          MAYDAY_STORE: '',
        })
      )
        killed++
    }
    expect(killed).toBeGreaterThan(0)
    await mayday(...args)
    expect(await verify(reference)).toMatchObject({ crashes, findings: [] })
  })

  test('shards in separate processes, some killed, produce the same rows as one process', {
    timeout,
  }, async () => {
    const store = await storeReports('sharded')
    const shard = (index: number) => [
      'process',
      '--store',
      store,
      '--merge-every',
      '5',
      '--workers',
      '1',
      '--shard',
      `${index}/3`,
    ]
    await Promise.all(
      [0, 1, 2].map((index) => {
        const writes = index === 1 ? Number.POSITIVE_INFINITY : random() * mostWrites
        return killAfter(writes, join(dir, 'sharded'), [program, ...shard(index)], {
          ...env,
          MAYDAY_STORE: '',
        })
      }),
    )
    await Promise.all([0, 1, 2].map((index) => mayday(...shard(index))))
    expect(await verify(store)).toMatchObject({ crashes, findings: [] })
    const rows = (of: string) =>
      mayday(
        'sql',
        'select * exclude (processed_at) from crashes order by crash_id',
        '--store',
        of,
        '--format',
        'jsonl',
      )
    expect(await rows(store)).toBe(await rows(reference))
  })

  test('two concurrent runs on one shard produce the same rows too', { timeout }, async () => {
    const store = await storeReports('twice')
    const args = ['process', '--store', store, '--merge-every', '7', '--workers', '1']
    await Promise.all([mayday(...args), mayday(...args)])
    expect(await verify(store)).toMatchObject({ crashes, findings: [] })
  })
})
