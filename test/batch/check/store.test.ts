// What the checks of a store find: each ability that a store lacks, in words.
import { expect, test } from 'vitest'
import { checkStore } from '../../../batch/check/store.ts'
import type { OpenStore } from '../../../batch/lake/open-store.ts'
import { CrashError } from '../../../shared/errors.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { ObjectInfo, Storage } from '../../../shared/storage/storage.ts'
import { linesOf, now, report } from './answers.support.ts'

/** The storage of one bucket, `lake`, has faults. */
async function linesWith(faults: (storage: Storage) => Partial<Storage>, time = now) {
  const inner = createMemoryStorage(() => time)
  const good = () => createMemoryStorage(() => now)
  const stores = { crashes: good(), symbols: good(), lake: { ...inner, ...faults(inner) } }
  const lines = await linesOf(checkStore, {}, { store: { stores } as unknown as OpenStore })
  return { lines, failed: lines.filter((line) => !line.startsWith('ok ')), inner }
}

const otherStore =
  'Mayday would lose reports and rows without an error: use another store (docs/stores.md), or another version of it'
const rights = 'the credentials need to read, write, list and delete objects: docs/stores.md'
const conditions = (text: string) => `failed store: conditional writes: lake: ${text} → ${otherStore}`
const lists = (text: string) =>
  `failed store: lists: lake: ${text} → processing needs them: use another store (docs/stores.md)`
const metadata = (text: string) =>
  `failed store: metadata: lake: ${text} → reports and symbols need both: use another store (docs/stores.md)`
const copies = (text: string) =>
  `failed store: copies: lake: ${text} → the credentials must be able to read and write the same bucket; else use another store (docs/stores.md)`

test('a store that is able to do all passes, and is empty afterwards', async () => {
  const { lines, inner } = await linesWith(() => ({}))
  expect(lines).toEqual([
    'ok store: reads and writes: in every bucket',
    'ok store: conditional writes: If-None-Match and If-Match, one of eight writers at once',
    'ok store: metadata: and Content-Encoding are kept',
    'ok store: ranges: in the middle and beyond the end',
    'ok store: copies: within the store, with their metadata',
    'ok store: lists: right after a write, in order, from a key on, folders',
    'ok store: clock: agrees with that of this machine',
    'ok store: deletes: nothing is left',
  ])
  expect(await Array.fromAsync(inner.list(''))).toEqual([])
})

test('without a store nothing is tried', async () => {
  expect(await linesOf(checkStore, {})).toEqual([
    'skipped store: no store was given → run it with --store, or MAYDAY_STORE, where the store can be reached',
  ])
})

test('one that cannot be written ends the trials', async () => {
  const put = () => Promise.reject(new CrashError('storage', 'no'))
  expect((await linesWith(() => ({ put }))).lines).toEqual([
    `failed store: reads and writes: lake: no → ${rights}`,
  ])
  const stale = (storage: Storage): Partial<Storage> => ({
    put: async (key, bytes, options) => (await storage.head(key)) ?? storage.put(key, bytes, options),
  })
  expect((await linesWith(stale)).lines).toEqual([
    `failed store: reads and writes: lake: an old content is read after a write → ${rights}`,
  ])
  const bug = () => Promise.reject(new TypeError('bug'))
  await expect(linesWith(() => ({ put: bug }))).rejects.toThrow('bug')
})

/** Puts without one of their options. */
const without =
  (...names: string[]) =>
  (storage: Storage): Partial<Storage> => ({
    put: (key, bytes, options = {}) =>
      storage.put(
        key,
        bytes,
        Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name))),
      ),
  })
const refusing =
  (name: string) =>
  (storage: Storage): Partial<Storage> => ({
    put: (key, bytes, options = {}) =>
      name in options ? Promise.resolve(null) : storage.put(key, bytes, options),
  })
const listing =
  (change: (keys: ObjectInfo[]) => ObjectInfo[]) =>
  (storage: Storage): Partial<Storage> => ({
    async *list(prefix, options) {
      yield* change(await Array.fromAsync(storage.list(prefix, options)))
    },
  })

test.each<[string, (storage: Storage) => Partial<Storage>, string]>([
  ['ignores If-None-Match', without('ifNoneMatch'), conditions('If-None-Match let 8 of 8 writers through')],
  ['ignores If-Match', without('ifMatch'), conditions('If-Match let 8 of 8 writers through')],
  [
    'refuses If-None-Match',
    refusing('ifNoneMatch'),
    conditions('If-None-Match refuses also the first write'),
  ],
  ['refuses If-Match', refusing('ifMatch'), conditions('If-Match refuses also the present version')],
  ['drops the encoding', without('contentEncoding'), metadata('Content-Encoding is not kept')],
  [
    'ignores ranges',
    (storage) => ({ get: (key) => storage.get(key) }),
    'failed store: ranges: lake: ranges of 0123456789 are 0123456789 and 0123456789, not 234 and 89 → search, SQL and symbolication need Range: use another store, or find the proxy that drops it',
  ],
  ['does not copy', () => ({ copy: async () => false }), copies('a copy was not made')],
  [
    'copies without metadata',
    (storage) => ({
      copy: async (from, to) => (await storage.put(to, await (await storage.get(from))!.bytes())) !== null,
    }),
    copies('a copy has other content or metadata'),
  ],
  [
    'copies other content',
    (storage) => ({
      copy: async (_from, to) =>
        (await storage.put(to, new Uint8Array(1), { metadata: { check: 'kept' } })) !== null,
    }),
    copies('a copy has other content or metadata'),
  ],
  ['lists backward', listing((keys) => keys.reverse()), lists('a list lacks new keys, or is not in order')],
  [
    'lists from another key on',
    (storage) => ({
      list: (prefix, options) =>
        storage.list(prefix, options?.startAfter?.endsWith('b/1') ? { startAfter: `${prefix}a/z` } : options),
    }),
    lists('a list does not begin after a key'),
  ],
  [
    'has other folders',
    () => ({
      async *folders(prefix) {
        yield `${prefix}x/`
      },
    }),
    lists('the folders are x/'),
  ],
  [
    'deletes nothing',
    () => ({ delete: async () => {} }),
    `failed store: deletes: lake: 13 objects are left below mayday-check/${report.mark}/ → ${rights}`,
  ],
])('a store that %s', async (_, faults, line) => {
  const { failed } = await linesWith(faults)
  expect(failed[0]?.replace(/\d+ objects/, 'N objects')).toBe(line.replace(/\d+ objects/, 'N objects'))
  expect(failed).toHaveLength(1)
})

test('one that drops metadata also copies without it', async () => {
  expect((await linesWith(without('metadata'))).failed).toEqual([
    metadata('metadata of 1,900 bytes is not kept'),
    copies('a copy has other content or metadata'),
  ])
})

const cure = 'synchronize the clocks (NTP): signed requests are refused after 15 minutes, days settle by time'
test.each<[number, string[]]>([
  [30_000, []],
  [30_600, [`failed store: clock: lake: 31 s away from this machine → ${cure}`]],
  [-31_000, []],
  [-31_600, [`failed store: clock: lake: 31 s away from this machine → ${cure}`]],
])('a clock that differs by %d ms', async (ms, lines) => {
  expect((await linesWith(() => ({}), new Date(now.getTime() + ms))).failed).toEqual(lines)
})
