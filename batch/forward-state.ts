// What was sent on already, kept in the store: crash ids of days that still get reports, and up to which day all is done.
import { createHash, randomUUID } from 'node:crypto'
import { CrashError } from '../shared/errors.ts'
import { forwardPrefix } from '../shared/keys.ts'
import type { Storage } from '../shared/storage/storage.ts'
import type { IsoDate } from '../shared/units.ts'

/** Where and what to send; another target or share has a state of its own. */
export interface ForwardTarget {
  to: string
  percent: number
}

/** Several runs at once do no harm: each adds ids, none takes any away but those of days that are done. */
export interface ForwardState {
  /** First day that is not known to be done; null: none is. */
  readonly openFrom: IsoDate | null
  /** Crash ids of the day that were answered. */
  answered(date: IsoDate): Promise<Set<string>>
  /** Adds ids; afterwards they are kept. */
  add(date: IsoDate, crashIds: readonly string[]): Promise<void>
  /** Says that all before `date` is done for good. */
  close(date: IsoDate): Promise<void>
}

interface Document extends ForwardTarget {
  version: 1
  open_from: IsoDate
}

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** @throws CrashError 'storage', 'bad-json' */
export async function openForwardState(crashes: Storage, target: ForwardTarget): Promise<ForwardState> {
  const { to, percent } = target
  const name = createHash('sha256').update(`${percent} ${to}`).digest('hex').slice(0, 16)
  const documentKey = `${forwardPrefix(name)}state.json`
  const dayPrefix = (date: IsoDate) => `${forwardPrefix(name)}${date.replaceAll('-', '')}/`
  let openFrom = await readOpenFrom(crashes, documentKey)
  return {
    get openFrom() {
      return openFrom
    },
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
    async close(date) {
      const document: Document = { version: 1, to, percent, open_from: date }
      await crashes.put(documentKey, encode(JSON.stringify(document)), { contentType: 'application/json' })
      openFrom = date
      const keys: string[] = []
      for await (const { key } of crashes.list(forwardPrefix(name))) {
        if (key < dayPrefix(date) && key !== documentKey) keys.push(key)
      }
      await crashes.delete(keys)
    },
  }
}

async function readOpenFrom(crashes: Storage, key: string): Promise<IsoDate | null> {
  const object = await crashes.get(key)
  if (!object) return null
  try {
    const document = JSON.parse(decode(await object.bytes())) as Partial<Document>
    if (document.version === 1 && /^\d{4}-\d\d-\d\d$/.test(document.open_from ?? ''))
      return document.open_from!
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new CrashError('bad-json', `${key} cannot be read; delete it to send everything again`)
}
