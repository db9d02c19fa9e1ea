// Remembers which symbol files servers did not have, in the store: several runs share it.
import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { symbolMissesKey } from '../../shared/keys.ts'
import { present } from '../../shared/present.ts'
import { check, exactObject } from '../../shared/json/schema.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { SymbolFiles } from '../../shared/symbols/sources/symbol-files.ts'
import { type ModuleKey, symbolPaths } from '../../shared/symbols/sources/symbol-path.ts'
import type { Millis } from '../../shared/units.ts'
import { retryOnConflict } from '../lake/files/table-files.ts'

/** What a source of symbols asks and reports: `path` is that of the symbol file, as `missPath` returns it. */
export interface MissMemory {
  /** Whether the server did not have the file, so recently that it need not be asked again. */
  isMissed(server: string, path: string): Promise<boolean>
  /** Records the answer of the server. */
  note(server: string, path: string, found: boolean): Promise<void>
}

export interface SymbolMisses extends MissMemory {
  /** Writes what changed; concurrent runs keep each other's. */
  save(): Promise<void>
}

const hour: Millis = 3_600_000
/** Hours for which a miss is remembered: the first time, and at most after doubling each time. */
const [firstHours, mostHours] = [1, 24] as const
/** A miss is forgotten when no run asked about it for so long. */
const forgetAfter: Millis = 72 * hour
/** Misses remembered per server; the newest stay. */
const mostMisses = 50_000

/** When the server was last asked, in minutes since 1970, and for how many hours that is remembered. */
type Miss = [minute: number, hours: number]

const document = exactObject({
  version: z.literal(1),
  server: z.string(),
  /** By the first 11 digits, base64url, of the SHA-256 of the path in lower case. */
  misses: z.record(z.string(), z.tuple([z.int(), z.int()])),
})

interface Server {
  /** As stored when this run first asked. */
  misses: ReadonlyMap<string, Miss>
  /** What this run learned; null: found. */
  changes: Map<string, Miss | null>
  isChanged: boolean
}

export interface MissesOptions {
  /** Ask again for what other runs missed. */
  askAgain?: boolean
  now?: () => Millis
}

/** Misses in the bucket `crashes`: names of servers are private. Reads one object per server when it is first asked about. */
export function openSymbolMisses(
  crashes: Storage,
  { askAgain = false, now = Date.now }: MissesOptions = {},
): SymbolMisses {
  const servers = new Map<string, Promise<Server>>()
  const load = async (server: string): Promise<Server> => ({
    misses: parse(await (await crashes.get(keyOf(server)))?.bytes()),
    changes: new Map(),
    isChanged: false,
  })
  const open = (server: string) => {
    const opened = servers.get(server) ?? load(server)
    servers.set(server, opened)
    return opened
  }
  return {
    async isMissed(server, path) {
      const { misses, changes } = await open(server)
      const name = nameOf(path)
      const before = askAgain ? null : misses.get(name)
      const miss = changes.has(name) ? changes.get(name) : before
      return miss != null && until(miss) > now()
    },
    async note(server, path, found) {
      const known = await open(server)
      const name = nameOf(path)
      if (found && !known.misses.has(name) && !known.changes.has(name)) return
      known.changes.set(name, found ? null : nextMiss(known.misses.get(name), now()))
      known.isChanged = true
    },
    async save() {
      for (const [server, opened] of servers) {
        const known = await opened
        if (known.isChanged) await write(crashes, server, known.changes, now())
        known.isChanged = false
      }
    },
  }
}

const keyOf = (server: string) =>
  symbolMissesKey(createHash('sha256').update(server).digest('hex').slice(0, 16))

const nameOf = (path: string) =>
  createHash('sha256').update(path.toLowerCase()).digest('base64url').slice(0, 11)

const until = ([minute, hours]: Miss): Millis => minute * 60_000 + hours * hour

function nextMiss(before: Miss | undefined, now: Millis): Miss {
  const minute = Math.floor(now / 60_000)
  if (!before) return [minute, firstHours]
  return [minute, until(before) > now ? before[1] : Math.min(mostHours, 2 * before[1])]
}

/** Empty for an object that cannot be read: that costs time alone. */
function parse(bytes: Uint8Array | undefined): Map<string, Miss> {
  try {
    const { data } = check(document, JSON.parse(new TextDecoder().decode(bytes)))
    return new Map(Object.entries(data?.misses ?? {}))
  } catch {
    return new Map()
  }
}

/** Adds changes to the stored misses, which other runs may have changed in the meantime. */
const write = (crashes: Storage, server: string, changes: Server['changes'], now: Millis) =>
  retryOnConflict({ retry: {} }, keyOf(server), async () => {
    const object = await crashes.get(keyOf(server))
    const misses = merge(parse(await object?.bytes()), changes, now)
    const text = JSON.stringify({ version: 1, server, misses: Object.fromEntries(misses) })
    return crashes.put(keyOf(server), new TextEncoder().encode(text), {
      contentType: 'application/json',
      ...(object ? { ifMatch: object.etag } : { ifNoneMatch: '*' }),
    })
  })

function merge(stored: Map<string, Miss>, changes: Server['changes'], now: Millis): [string, Miss][] {
  for (const [name, miss] of changes) {
    const other = stored.get(name)
    if (miss === null) stored.delete(name)
    else if (!other || other[0] <= miss[0]) stored.set(name, miss)
  }
  return [...stored]
    .filter(([, [minute]]) => minute * 60_000 + forgetAfter > now)
    .sort(([, [a]], [, [b]]) => b - a)
    .slice(0, mostMisses)
}

/** What identifies a file in requests for a module; null when no request is sent for it. */
export const missPath = (module: ModuleKey): string | null => symbolPaths(module)[0] ?? null

/** The files of a server, which is not asked again for those that it recently did not have. */
export function withMisses(files: SymbolFiles, server: string, memory: MissMemory): SymbolFiles {
  return {
    async find(module) {
      const path = missPath(module)
      if (path === null || (await memory.isMissed(server, path))) return null
      const file = await files.find(module)
      if (!file) await memory.note(server, path, false)
      if (!file) return null
      const noted = async <T>(answer: T, found: boolean): Promise<T> => {
        await memory.note(server, path, found)
        return answer
      }
      return {
        stamp: file.stamp,
        ...present({ identity: file.identity }),
        /** Known when the file was read. */
        get url() {
          return file.url
        },
        async isThere() {
          const there = (await file.isThere?.()) ?? true
          return noted(there, there)
        },
        async read() {
          const bytes = await file.read()
          return noted(bytes, bytes !== null)
        },
      }
    },
  }
}
