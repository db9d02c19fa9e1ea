// Publishers that are killed at every write, several at once, while table files are replaced in place.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TableFiles } from '../../../batch/lake/files/table-files.ts'
import { encodeRows } from '../../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../../batch/lake/rows.ts'
import { crashesTable, modulesTable } from '../../../batch/lake/tables.ts'
import { checkPublished } from '../../../batch/publish/check-published.ts'
import { publish } from '../../../batch/publish/publish.ts'
import { keysIn, listTrees, readMetadata } from '../../../batch/publish/tree.ts'
import { icebergPrefix, parsePublishedFileKey, safeEtag, tableKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage, Stores } from '../../../shared/storage/storage.ts'
import { createRandom } from '../../support/mutate.ts'
import { dyingStores, Killed } from '../support/dying-stores.ts'
import { type Bench, idOf, memoryStores, openBench } from '../support/rows.ts'

const hour = 3_600_000
const location = 's3://lake'
const slots = ['2026-09-30', '2026-10-20', '2026-10-21'].flatMap((date) =>
  ['0of2', '1of2'].map((shard) => ({ date, shard })),
)

let bench: Bench
/** Parquet files with 1 to 4 crashes, and with a module of each. */
const contents: { crashes: Uint8Array; modules: Uint8Array }[] = []
beforeAll(async () => {
  bench = await openBench(memoryStores())
  for (let count = 1; count <= 4; count++) {
    const rows = Array.from({ length: count }, (_, n) => ({ crash_id: idOf(n), date: '2026-10-21' }))
    const encode = (table: typeof crashesTable) =>
      encodeRows(bench.files, table, rowsOfColumns(table.columns, rows))
    contents.push({ crashes: await encode(crashesTable), modules: await encode(modulesTable) })
  }
})
afterAll(() => bench.close())

/** A lake whose clock is `time.now`, with the number of the merge that wrote each version of a file. */
function createWorld() {
  const time = { now: new Date('2026-10-21T00:00:00Z') }
  const clock = () => time.now
  const stores: Stores = { ...memoryStores(), lake: createMemoryStorage(clock) }
  const merges = new Map<string, number>()
  let count = 0
  const merge = async (random: () => number) => {
    const { date, shard } = slots[Math.floor(random() * slots.length)]!
    const content = contents[Math.floor(random() * contents.length)]!
    count++
    // The order of a merge: modules, then crashes.
    for (const table of ['modules', 'crashes'] as const) {
      const info = await stores.lake.put(tableKey(table, date, shard, 0), content[table])
      merges.set(`${table}@${safeEtag(info!.etag)}`, count)
    }
  }
  const filesOf = (changed: Partial<Stores>): TableFiles => ({
    ...bench.files,
    stores: { ...stores, ...changed },
    retry: { sleep: async () => {} },
  })
  const run = (changed: Partial<Stores> = {}, grace = 4 * hour) =>
    publish(filesOf(changed), { location, now: clock, grace })
  return { time, stores, merges, merge, run }
}

type World = ReturnType<typeof createWorld>

/** Every object of every kept snapshot exists, each file is there once, and published crashes have their modules. */
async function expectSound({ stores: { lake }, merges }: World): Promise<void> {
  const treeOf = await listTrees(lake)
  const newest = new Map<string, Map<string, number>>()
  for (const table of ['modules', 'crashes']) {
    const tree = treeOf(table)
    const metadata = await readMetadata(lake, tree)
    for (const snapshot of metadata?.snapshots ?? []) {
      const keys = await keysIn(lake, { table, snapshot })
      expect([...keys].filter((key) => !tree.objects.has(key))).toEqual([])
      const data = [...keys].flatMap((key) => parsePublishedFileKey(key) ?? [])
      const held = new Map(
        data.map((one) => [`${one.date}/${one.shard}`, merges.get(`${table}@${one.etag}`)!]),
      )
      expect(held.size).toBe(data.length)
      newest.set(table, held)
    }
  }
  for (const [slot, merged] of newest.get('crashes') ?? [])
    expect(newest.get('modules')?.get(slot)).toBeGreaterThanOrEqual(merged)
}

const findings = ({ stores, time }: World) => checkPublished(stores.lake, { now: time.now, delay: 0 })

async function countObjects(lake: Storage): Promise<number> {
  return (await Array.fromAsync(lake.list(icebergPrefix()))).length
}

describe('publish', () => {
  test('killed at each write in turn leaves a sound snapshot, and the next run completes it', async () => {
    const world = createWorld()
    const random = createRandom(1)
    let writes = 0
    for (let isKilled = true; isKilled; writes++) {
      for (let n = 0; n < 3; n++) await world.merge(random)
      const outcome = await world.run(dyingStores(world.stores, writes)).catch((error: unknown) => error)
      isKilled = outcome instanceof Killed
      if (!isKilled) expect(outcome).toMatchObject({ published: ['modules', 'crashes'] })
      await expectSound(world)
    }
    expect(writes).toBeGreaterThan(15)
    expect(await findings(world)).toEqual([])
  })

  test('in 100 rounds with merges, kills, two publishers at once and sweeps, no snapshot is wrong', async () => {
    const world = createWorld()
    const random = createRandom(2)
    const publishers = { killed: 0, done: 0 }
    const start = async (writes: number) => {
      try {
        await world.run(dyingStores(world.stores, writes))
        publishers.done++
      } catch (error) {
        if (!(error instanceof Killed)) throw error
        publishers.killed++
      }
    }
    for (let round = 0; round < 100; round++) {
      world.time.now = new Date(world.time.now.getTime() + hour * (0.2 + random()))
      const merging = Promise.all([world.merge(random), world.merge(random)])
      const writes = () => (random() < 0.7 ? Math.floor(random() * 25) : 1000)
      await Promise.all([merging, start(writes()), ...(round % 3 === 0 ? [start(writes())] : [])])
      await expectSound(world)
    }
    expect(publishers.killed).toBeGreaterThan(30)
    expect(publishers.done).toBeGreaterThan(20)
    await world.run()
    expect(await findings(world)).toEqual([])
    await expectSound(world)
    // What was replaced or left behind goes, if only one publication later.
    for (let n = 0; n < 2; n++) {
      world.time.now = new Date(world.time.now.getTime() + 12 * hour)
      await world.merge(random)
      await world.run()
    }
    const metadata = await readMetadata(world.stores.lake, (await listTrees(world.stores.lake))('crashes'))
    expect(metadata!.snapshots).toHaveLength(2)
    expect(await countObjects(world.stores.lake)).toBeLessThan(60)
  })

  test('without a grace time only the current files stay, even while another publisher is in progress', async () => {
    const world = createWorld()
    const random = createRandom(3)
    for (let n = 0; n < 8; n++) await world.merge(random)
    await world.run()
    await world.merge(random)
    const { lake } = world.stores
    let erased = false
    // The other publisher has copied its files, and is about to commit.
    const late: Storage = {
      ...lake,
      async put(key, ...rest) {
        if (key.endsWith('.metadata.json') && !erased) {
          erased = true
          await world.merge(random)
          await world.run({}, 0)
        }
        return lake.put(key, ...rest)
      },
    }
    await world.run({ lake: late })
    expect(erased).toBe(true)
    await expectSound(world)
    await world.run({}, 0)
    await expectSound(world)
    expect(await findings(world)).toEqual([])
    const treeOf = await listTrees(lake)
    for (const table of ['crashes', 'modules']) {
      const tree = treeOf(table)
      const { snapshots } = (await readMetadata(lake, tree))!
      expect(snapshots).toHaveLength(1)
      const kept = await keysIn(lake, { table, snapshot: snapshots[0]! })
      const others = [...tree.objects.keys()].filter((key) => !kept.has(key))
      expect(others.map((key) => key.replace(/\d+|[0-9a-f]{16}/g, 'N')).sort()).toEqual(
        [
          'metadata/snap-N.avro',
          'metadata/vN.metadata.json',
          'metadata/version-hint.text',
          'schema-N.parquet',
        ].map((name) => icebergPrefix(table) + name),
      )
    }
  })

  test('a file that changes between the listing and its copy is listed again', async () => {
    const world = createWorld()
    await world.merge(createRandom(4))
    const { lake } = world.stores
    let changes = 0
    const changing: Storage = {
      ...lake,
      async copy(from, ...rest) {
        if (changes++ < 3) await lake.put(from, contents[changes % 4]!.crashes)
        return lake.copy(from, ...rest)
      },
    }
    await world.run({ lake: changing })
    expect(await findings(world)).toEqual([])
  })

  test('a publisher that takes more than half of the grace time starts again', async () => {
    const world = createWorld()
    await world.merge(createRandom(5))
    const { lake } = world.stores
    let copies = 0
    const slow: Storage = {
      ...lake,
      async copy(...args) {
        if (copies++ === 0) world.time.now = new Date(world.time.now.getTime() + 3 * hour)
        return lake.copy(...args)
      },
    }
    await world.run({ lake: slow })
    expect(copies).toBeGreaterThan(2)
    expect(await findings(world)).toEqual([])
  })
})

describe('verify', () => {
  test('names files that are not published, and objects that are missing', async () => {
    const world = createWorld()
    const random = createRandom(6)
    for (let n = 0; n < 4; n++) await world.merge(random)
    const { lake } = world.stores
    expect(await findings(world)).toEqual([])
    await world.run()
    expect(await findings(world)).toEqual([])
    await world.merge(random)
    const kinds = async () => (await findings(world)).map(({ kind, key }) => `${kind} ${key.split('/')[1]}`)
    expect(await kinds()).toEqual(['unpublished crashes', 'unpublished modules'])
    const later = new Date(world.time.now.getTime() + 59 * 60_000)
    expect(await checkPublished(lake, { now: later })).toEqual([])
    await world.run()
    const gone = (await Array.fromAsync(lake.list(`${icebergPrefix('crashes')}data/`))).at(-1)!.key
    await lake.delete(gone)
    expect(await findings(world)).toEqual([{ kind: 'dangling', key: gone, why: 'it is missing' }])
    await world.run()
    expect(await findings(world)).toEqual([])
    await lake.put(`${icebergPrefix('crashes')}metadata/version-hint.text`, new TextEncoder().encode('99'))
    expect(await findings(world)).toMatchObject([{ kind: 'dangling', why: 'there is no version 99' }])
  })
})
