// Progress of forwarding, kept in the store: the range of completed days, and crash IDs of other days.
import { createHash, randomUUID } from 'node:crypto'
import * as z from 'zod/mini'
import { CrashError } from '../../shared/errors.ts'
import { forwardPrefix } from '../../shared/keys.ts'
import { check, date } from '../../shared/json/schema.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'

/** Destination and percentage; each combination has its own state. */
export interface ForwardTarget {
  to: string
  percent: number
}

/** Concurrent runs are safe: each adds ids, and only ids of completed days are removed. */
export interface ForwardState {
  /** True when the day is complete. */
  isDone(date: IsoDate): boolean
  /** Crash IDs of the day that were answered. */
  answered(date: IsoDate): Promise<Set<string>>
  /** Adds ids; they are stored when it returns. */
  add(date: IsoDate, crashIds: readonly string[]): Promise<void>
  /**
   * Marks the days from `since` (null: the first) to `until` (exclusive) as complete. Days that are not adjacent to
   * the known completed ones are not recorded: their crash IDs stay.
   */
  close(since: IsoDate | null, until: IsoDate): Promise<void>
}

const stateDocument = z.object({
  version: z.literal(1),
  to: z.string(),
  percent: z.number(),
  /** The first completed day; null or absent: the first of all. */
  done_from: z.optional(z.nullable(date)),
  /** The first day after that which is not complete. */
  open_from: date,
})

/** Completed days: `from` ≤ day < `until`. No day is before ''. */
interface Days {
  from: IsoDate | ''
  until: IsoDate
}

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** @throws CrashError 'storage', 'bad-json' */
export async function openForwardState(crashes: Storage, target: ForwardTarget): Promise<ForwardState> {
  const { to, percent } = target
  const name = createHash('sha256').update(`${percent} ${to}`).digest('hex').slice(0, 16)
  const documentKey = `${forwardPrefix(name)}state.json`
  const dayPrefix = (date: IsoDate) => `${forwardPrefix(name)}${date.replaceAll('-', '')}/`
  let done = await readDone(crashes, documentKey)
  return {
    isDone: (date) => done !== null && done.from <= date && date < done.until,
    async answered(date) {
      const ids = new Set<string>()
      for await (const { key } of crashes.list(dayPrefix(date))) {
        const object = await crashes.get(key)
        const lines = object ? decode(await object.bytes()).split('\n') : []
        for (const id of lines) if (id !== '') ids.add(id)
      }
      return ids
    },
    async add(date, crashIds) {
      await crashes.put(`${dayPrefix(date)}${randomUUID()}`, encode(`${crashIds.join('\n')}\n`), {
        contentType: 'text/plain',
        ifNoneMatch: '*',
      })
    },
    async close(since, until) {
      // Another run may have written since.
      const all = join(await readDone(crashes, documentKey), { from: since ?? '', until })
      if (all === null) return
      const document: z.output<typeof stateDocument> = {
        version: 1,
        to,
        percent,
        done_from: all.from || null,
        open_from: all.until,
      }
      await crashes.put(documentKey, encode(JSON.stringify(document)), { contentType: 'application/json' })
      done = all
      await deleteBetween(crashes, { from: dayPrefix(all.from), until: dayPrefix(all.until) }, documentKey)
    },
  }
}

/** Deletes the objects from key `from` to `until` (exclusive), which have the folder of `kept` in common, but not it. */
async function deleteBetween(crashes: Storage, keys: Days, kept: string): Promise<void> {
  const found: string[] = []
  for await (const { key } of crashes.list(kept.slice(0, kept.lastIndexOf('/') + 1)))
    if (key >= keys.from && key < keys.until && key !== kept) found.push(key)
  await crashes.delete(found)
}

/** The union of both ranges; null when there are days between them. */
function join(known: Days | null, more: Days): Days | null {
  if (known === null) return more
  if (more.from > known.until || more.until < known.from) return null
  return {
    from: more.from < known.from ? more.from : known.from,
    until: more.until > known.until ? more.until : known.until,
  }
}

async function readDone(crashes: Storage, key: string): Promise<Days | null> {
  const object = await crashes.get(key)
  if (!object) return null
  const { data } = check(stateDocument, parseJson(decode(await object.bytes())))
  if (data) return { from: data.done_from ?? '', until: data.open_from }
  throw new CrashError('bad-json', `${key} cannot be read; delete it to send everything again`)
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
