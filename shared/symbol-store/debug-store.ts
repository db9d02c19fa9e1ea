// Uploaded programs and debug files, kept as sent until batch makes symbol files of all that belong to a module: a program and
// its debug file may arrive in any order, days apart.
import * as z from 'zod/mini'
import { ByteBuffer } from '../bytes/byte-buffer.ts'
import { debugHeadBytes, formatOfDebugFile } from '../debug-files/debug-file.ts'
import { identifyDebugFile, type RangeSource } from '../debug-files/identify.ts'
import { DamagedError, type ModuleIdentity } from '../debug-files/module-symbols.ts'
import { CrashError } from '../errors.ts'
import { check, exactObject } from '../json/schema.ts'
import { debugDataKey, debugFileKey, debugFilePrefix, newDebugFileKey, parseDebugFileKey } from '../keys.ts'
import type { Storage } from '../storage/storage.ts'
import type { Bytes } from '../units.ts'
import type { StoreTools } from './store-file.ts'

export interface NewDebugFile {
  /** Its own name, for names of modules; never a path. */
  name: string
  /** Each piece is valid until the next one is requested. */
  content: AsyncIterable<Uint8Array>
  isTry: boolean
  maxBytes: Bytes
  /** What the sender announced; a file that differs is refused. `id` is the debug ID or code ID of one of its modules. */
  expected?: { size?: Bytes; md5?: string; id?: string }
}

export interface StoredDebugFile {
  /** `same`: the content was stored before. */
  outcome: 'new' | 'same'
  size: Bytes
  /** Several in a file for several processors. */
  modules: ModuleIdentity[]
}

/** What records of debug files are found by: the debug ID; without one, the code ID. Null without both. */
export const storedIdOf = ({ debugId, codeId }: Pick<ModuleIdentity, 'debugId' | 'codeId'>): string | null =>
  (debugId ?? codeId)?.toUpperCase() ?? null

/** Whether a file is kept here, by its first bytes; and the same file, of which nothing was read. */
export async function sniffDebugFile(
  content: AsyncIterable<Uint8Array>,
): Promise<{ isDebugFile: boolean; content: AsyncGenerator<Uint8Array> }> {
  const pieces = content[Symbol.asyncIterator]()
  const head = new ByteBuffer(debugHeadBytes)
  let ended = false
  while (!ended && head.length < debugHeadBytes) {
    const { done, value } = await pieces.next()
    if (done) ended = true
    else head.append(value)
  }
  const isDebugFile = formatOfDebugFile(head.view().subarray(0, debugHeadBytes)) !== null
  async function* whole() {
    try {
      yield head.view()
      for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value
    } finally {
      await pieces.return?.()
    }
  }
  return { isDebugFile, content: whole() }
}

/**
 * Keeps a file, and has batch make the symbol files of its modules. Holds a few megabytes.
 * @throws CrashError 'bad-symbols' with the reason for a file that is refused, 'limit', 'storage'; errors of `content`.
 * Nothing is kept then.
 */
export async function storeDebugFile(file: NewDebugFile, tools: StoreTools): Promise<StoredDebugFile> {
  const { symbols } = tools
  const { isTry } = file
  const data = crypto.randomUUID().replaceAll('-', '')
  const dataKey = debugDataKey(data, isTry)
  const passage = new Passage(file, tools)
  try {
    await symbols.putStream(dataKey, passage.pass(file.content), {})
    const { size, md5 } = passage.finish()
    const modules = await identify(file, { size, read: passage.reader(symbols, dataKey) })
    const ids = new Set(modules.flatMap((module) => storedIdOf(module) ?? []))
    const lacking: string[] = []
    for (const id of ids) if (!(await isKept(symbols, { id, md5, isTry }))) lacking.push(id)
    if (lacking.length === 0) await symbols.delete(dataKey)
    for (const id of lacking) await announce(symbols, { id, md5, data, isTry, name: file.name, size })
    return { outcome: lacking.length === 0 ? 'same' : 'new', size, modules }
  } catch (error) {
    await symbols.delete(dataKey).catch(() => {})
    throw error
  }
}

/** True when a file with this content is kept for the module. */
export async function isKept(
  symbols: Pick<Storage, 'list'>,
  { id, md5, isTry }: { id: string; md5: string; isTry: boolean },
): Promise<boolean> {
  for await (const _ of symbols.list(`${debugFilePrefix(isTry, id)}${md5}-`)) return true
  return false
}

/** @throws CrashError 'bad-symbols' */
async function identify({ name, expected }: NewDebugFile, source: RangeSource): Promise<ModuleIdentity[]> {
  const modules = await identities(name, source)
  const unidentified = modules.find((module) => storedIdOf(module) === null)
  if (unidentified)
    throw refused('it has no debug ID or build ID: link it with --build-id or /DEBUG, and send it again')
  const ids = modules.flatMap(({ debugId, codeId }) => [debugId, codeId].filter((id) => id !== null))
  const wanted = expected?.id?.toUpperCase()
  if (wanted !== undefined && !ids.some((id) => id.toUpperCase() === wanted))
    throw refused(`it identifies itself as ${ids.join(', ')}, its path or the request as ${wanted}`)
  return modules
}

async function identities(name: string, source: RangeSource): Promise<ModuleIdentity[]> {
  try {
    return (await identifyDebugFile(name, source)).map(({ identity }) => identity)
  } catch (error) {
    if (error instanceof DamagedError) throw refused(error.message, error)
    throw error
  }
}

const refused = (reason: string, cause?: unknown) =>
  new CrashError('bad-symbols', `It cannot be used: ${reason}`, { cause })

interface KeptRecord {
  id: string
  md5: string
  data: string
  isTry: boolean
  name: string
  size: Bytes
}

const record = exactObject({ version: z.literal(1), name: z.string(), size: z.number() })

/** The mark comes last: batch reads the records of the module when it finds it. */
async function announce(symbols: Storage, { name, size, isTry, ...file }: KeptRecord): Promise<void> {
  const text = JSON.stringify({ version: 1, name, size })
  await symbols.put(debugFileKey(file, isTry), new TextEncoder().encode(text), {
    contentType: 'application/json',
  })
  await symbols.put(newDebugFileKey(file.id, file.data, isTry), new Uint8Array(0))
}

/** A file that is kept for a module; `dataKey` is the key of its content. */
export interface KeptDebugFile {
  key: string
  dataKey: string
  name: string
  size: Bytes
}

/** The files that are kept for a module, in no useful order. */
export async function* keptDebugFiles(
  symbols: Pick<Storage, 'list' | 'get'>,
  id: string,
  isTry: boolean,
): AsyncGenerator<KeptDebugFile> {
  for await (const { key } of symbols.list(debugFilePrefix(isTry, id))) {
    const parsed = parseDebugFileKey(key)
    const bytes = parsed && (await (await symbols.get(key))?.bytes())
    const known = bytes ? parseRecord(bytes) : null
    if (parsed && known) yield { key, dataKey: debugDataKey(parsed.data, isTry), ...known }
  }
}

function parseRecord(bytes: Uint8Array): { name: string; size: Bytes } | null {
  try {
    const { name, size } = check(record, JSON.parse(new TextDecoder().decode(bytes))).data ?? {}
    return name === undefined || size === undefined ? null : { name, size }
  } catch {
    return null
  }
}

/** Kept in memory, so that a small file, and the headers of a larger one, need no requests. */
const headBytes: Bytes = 1024 * 1024

/** Counts and hashes a file while it passes. */
class Passage {
  private readonly file
  private readonly hasher
  private readonly head = new ByteBuffer(4096)
  private size = 0

  constructor(file: NewDebugFile, { codecs }: StoreTools) {
    this.file = file
    this.hasher = codecs.createMd5()
  }

  async *pass(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { maxBytes } = this.file
    for await (const piece of content) {
      this.size += piece.length
      if (this.size > maxBytes) throw new CrashError('limit', `It has more than ${maxBytes} bytes`)
      this.hasher.update(piece)
      this.head.append(piece.subarray(0, headBytes - this.head.length))
      yield piece
    }
  }

  /** @throws CrashError 'bad-symbols' */
  finish(): { size: Bytes; md5: string } {
    const { size, file } = this
    const md5 = this.hasher.hex()
    const { expected } = file
    if (expected?.size !== undefined && expected.size !== size)
      throw new CrashError('bad-symbols', `It has ${size} bytes; ${expected.size} were announced`)
    if (expected?.md5 !== undefined && expected.md5 !== md5)
      throw new CrashError('bad-symbols', `Its MD5 is ${md5}; ${expected.md5} was announced`)
    return { size, md5 }
  }

  reader(symbols: Pick<Storage, 'get'>, key: string): RangeSource['read'] {
    return async (offset, length) => {
      if (Math.min(this.size, offset + length) <= this.head.length)
        return this.head.view().slice(offset, offset + length)
      const object = await symbols.get(key, { range: { offset, length } })
      if (!object) throw new CrashError('storage', `${key} is missing`)
      return object.bytes()
    }
  }
}
