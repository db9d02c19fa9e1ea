// Checks of what a store must be able to do: each ability that Mayday relies on, in every bucket.
import { CrashError, isCrashError } from '../../shared/errors.ts'
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'
import { bucketNames } from '../../shared/storage/storage.ts'
import type { Millis } from '../../shared/units.ts'
import type { CheckContext } from './context.ts'
import { failed, type Finding, ok, skipped } from './findings.ts'

interface Trial {
  storage: Storage
  /** Of the objects that the trials write, and of no others. */
  prefix: string
  now(): Date
}

interface Ability {
  check: string
  text: string
  cure: string
  /** What is wrong; null: nothing. */
  lacks(trial: Trial): Promise<string | null>
}

/** Objects that the checks write are below it, in every bucket. */
const checkPrefix = 'mayday-check/'

const encode = (text: string) => new TextEncoder().encode(text)
const textOf = async (object: { bytes(): Promise<Uint8Array> } | null) =>
  object && new TextDecoder().decode(await object.bytes())

const otherStore =
  'Mayday would lose reports and rows without an error: use another store (docs/stores.md), or another version of it'
const rights = 'the credentials need to read, write, list and delete objects: docs/stores.md'

const abilities: readonly Ability[] = [
  { check: 'store: reads and writes', text: 'in every bucket', cure: rights, lacks: lacksWrites },
  {
    check: 'store: conditional writes',
    text: 'If-None-Match and If-Match, one of eight writers at once',
    cure: otherStore,
    lacks: lacksConditions,
  },
  {
    check: 'store: metadata',
    text: 'and Content-Encoding are kept',
    cure: 'reports and symbols need both: use another store (docs/stores.md)',
    lacks: lacksMetadata,
  },
  {
    check: 'store: ranges',
    text: 'in the middle and beyond the end',
    cure: 'search, SQL and symbolication need Range: use another store, or find the proxy that drops it',
    lacks: lacksRanges,
  },
  {
    check: 'store: copies',
    text: 'within the store, with their metadata',
    cure: 'the credentials must be able to read and write the same bucket; else use another store (docs/stores.md)',
    lacks: lacksCopies,
  },
  {
    check: 'store: lists',
    text: 'right after a write, in order, from a key on, folders',
    cure: 'processing needs them: use another store (docs/stores.md)',
    lacks: lacksLists,
  },
  {
    check: 'store: clock',
    text: 'agrees with that of this machine',
    cure: 'synchronize the clocks (NTP): signed requests are refused after 15 minutes, days settle by time',
    lacks: lacksTime,
  },
  { check: 'store: deletes', text: 'nothing is left', cure: rights, lacks: lacksDeletes },
]

export async function* checkStore({ store, report, now }: CheckContext): AsyncIterable<Finding> {
  if (!store) {
    yield skipped('store', {
      text: 'no store was given',
      cure: 'run it with --store, or MAYDAY_STORE, where the store can be reached',
    })
    return
  }
  const prefix = `${checkPrefix}${report.mark}/`
  for (const ability of abilities) {
    const problems: string[] = []
    for (const name of bucketNames) {
      const problem = await tried(ability, { storage: store.stores[name], prefix, now })
      if (problem !== null) problems.push(`${name}: ${problem}`)
    }
    const { check, text, cure } = ability
    yield problems.length === 0 ? ok(check, text) : failed(check, { text: problems.join('; '), cure })
    // Nothing else can be tried.
    if (problems.length > 0 && ability === abilities[0]) return
  }
}

/** A store that fails lacks the ability. */
async function tried({ lacks }: Ability, trial: Trial): Promise<string | null> {
  try {
    return await lacks(trial)
  } catch (error) {
    if (isCrashError(error)) return error.message
    throw error
  }
}

async function lacksWrites({ storage, prefix }: Trial): Promise<string | null> {
  const key = `${prefix}a/object`
  await storage.put(key, encode('first'))
  await storage.put(key, encode('second'))
  return (await textOf(await storage.get(key))) === 'second' ? null : 'an old content is read after a write'
}

const writers = 8

async function lacksConditions({ storage, prefix }: Trial): Promise<string | null> {
  const key = `${prefix}a/condition`
  const create = (text: string) => storage.put(key, encode(text), { ifNoneMatch: '*' })
  const created = await Promise.all(Array.from({ length: writers }, (_, i) => create(`writer ${i}`)))
  const first = created.find((info) => info !== null)
  if (!first) return 'If-None-Match refuses also the first write'
  const count = created.filter((info) => info !== null).length
  if (count > 1) return `If-None-Match let ${count} of ${writers} writers through`
  const replace = (text: string) => storage.put(key, encode(text), { ifMatch: first.etag })
  const replaced = await Promise.all(Array.from({ length: writers }, (_, i) => replace(`again ${i}`)))
  const won = replaced.filter((info) => info !== null).length
  if (won === 0) return 'If-Match refuses also the present version'
  return won === 1 ? null : `If-Match let ${won} of ${writers} writers through`
}

async function lacksMetadata({ storage, prefix }: Trial): Promise<string | null> {
  const key = `${prefix}a/metadata`
  const value = 'x'.repeat(1900)
  await storage.put(key, encode('kept'), { metadata: { check: value }, contentEncoding: 'br' })
  const info = await storage.head(key)
  if (info?.metadata.check !== value) return 'metadata of 1,900 bytes is not kept'
  return info.contentEncoding === 'br' ? null : 'Content-Encoding is not kept'
}

async function lacksRanges({ storage, prefix }: Trial): Promise<string | null> {
  const key = `${prefix}a/range`
  await storage.put(key, encode('0123456789'))
  const read = async (offset: number, length: number) =>
    textOf(await storage.get(key, { range: { offset, length } }))
  const found = [await read(2, 3), await read(8, 10)]
  return found.join() === '234,89' ? null : `ranges of 0123456789 are ${found.join(' and ')}, not 234 and 89`
}

async function lacksCopies({ storage, prefix }: Trial): Promise<string | null> {
  const [from, to] = [`${prefix}a/original`, `${prefix}a/copy`]
  await storage.put(from, encode('copied'), { metadata: { check: 'kept' } })
  if (!(await storage.copy(from, to))) return 'a copy was not made'
  const copy = await storage.get(to)
  const isSame = copy?.metadata.check === 'kept'
  return (await textOf(copy)) === 'copied' && isSame ? null : 'a copy has other content or metadata'
}

async function lacksLists({ storage, prefix }: Trial): Promise<string | null> {
  const names = ['b/1', 'b/2', 'c/ä', 'c/z']
  for (const name of [...names].reverse()) await storage.put(`${prefix}${name}`, encode(name))
  const list = async (startAfter: string) => {
    const keys = await keysOf(storage.list(prefix, { startAfter: `${prefix}${startAfter}` }))
    return keys.map((key) => key.slice(prefix.length))
  }
  // Order of bytes.
  if ((await list('a/z')).join() !== 'b/1,b/2,c/z,c/ä') return 'a list lacks new keys, or is not in order'
  if ((await list('b/1')).join() !== 'b/2,c/z,c/ä') return 'a list does not begin after a key'
  const folders: string[] = []
  for await (const folder of storage.folders(prefix)) folders.push(folder.slice(prefix.length))
  const found = folders.join()
  return found === 'a/,b/,c/' ? null : `the folders are ${found}`
}

async function keysOf(list: AsyncIterable<ObjectInfo>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of list) keys.push(key)
  return keys
}

const mostSkew: Millis = 30_000

async function lacksTime({ storage, prefix, now }: Trial): Promise<string | null> {
  const before = now()
  await storage.put(`${prefix}a/time`, encode('time'))
  const info: ObjectInfo | null = await storage.head(`${prefix}a/time`)
  if (!info) throw new CrashError('storage', 'An object is missing right after it was written')
  const time = info.uploaded.getTime()
  const skew = Math.max(0, before.getTime() - 1000 - time, time - now().getTime())
  return skew <= mostSkew ? null : `${Math.round(skew / 1000)} s away from this machine`
}

async function lacksDeletes({ storage, prefix }: Trial): Promise<string | null> {
  await storage.delete(await keysOf(storage.list(prefix)))
  const left = await keysOf(storage.list(prefix))
  return left.length === 0 ? null : `${left.length} objects are left below ${prefix}`
}
