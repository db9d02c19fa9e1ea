// Stores one file of a module: checks, hashes and compresses it as it arrives, in constant memory.
import { ByteBuffer } from '../bytes/byte-buffer.ts'
import type { Codecs } from '../codecs/codecs.ts'
import { seekableGzip } from '../codecs/seekable-gzip.ts'
import { CrashError } from '../errors.ts'
import { symbolFileKey, symdexKey } from '../keys.ts'
import type { ObjectInfo, Storage, StreamOptions } from '../storage/storage.ts'
import type { Bytes } from '../units.ts'
import { writeCodePointer } from './code-pointer.ts'
import { type FilePath, isSymName } from './file-path.ts'
import { type FileFacts, factsOf, type ModuleFacts, metadataOf } from './stored-file.ts'
import { readSymbolHead, requirePlace, symbolHeadBytes } from './symbol-head.ts'

export interface StoreTools {
  symbols: Storage
  codecs: Codecs
}

export interface NewFile {
  path: FilePath
  isTry: boolean
  /** Not compressed. */
  content: AsyncIterable<Uint8Array>
  maxBytes: Bytes
  /** What the sender announced; a file that differs is refused. */
  expected?: { size: Bytes; md5: string }
}

export interface StoredFile {
  path: FilePath
  /** `same`: the stored file has the same content. */
  outcome: 'new' | 'replaced' | 'same'
  /** Bytes, not compressed. */
  size: Bytes
  md5: string
  /** Of the file that was replaced, where known. */
  formerMd5: string | null
  /** Null for a file that is not a symbol file. */
  module: ModuleFacts | null
}

/**
 * @throws CrashError 'bad-symbols' for a file that is refused, 'limit' for one that is too large, 'storage'; and errors
 * of `content`. Nothing was stored then.
 */
export async function storeFile(file: NewFile, { symbols, codecs }: StoreTools): Promise<StoredFile> {
  const key = symbolFileKey(file.path, file.isTry)
  const before = await symbols.head(key)
  const isSym = isSymName(file.path.leaf)
  const inspection = new Inspection(file, codecs)
  const content = inspection.inspect(file.content)
  await symbols.putStream(key, isSym ? seekableGzip(content, codecs) : content, () => {
    const facts = inspection.finish()
    requireNoLoss(before, facts)
    return isSame(before, facts) ? null : optionsOf(facts)
  })
  const { size, md5, module } = inspection.finish()
  const isUnchanged = isSame(before, { size, md5 })
  if (module && !isUnchanged) await announce(symbols, module, { file, before })
  return {
    path: file.path,
    outcome: isUnchanged ? 'same' : before ? 'replaced' : 'new',
    size,
    md5,
    formerMd5: (before && factsOf(before).md5) ?? null,
    module,
  }
}

/** @throws CrashError 'bad-symbols' for symbols without a file of the module that the stored ones were made with */
function requireNoLoss(before: ObjectInfo | null, { module }: FileFacts): void {
  if (!before || !module || module.lacks === '' || factsOf(before).module.lacks === module.lacks) return
  throw new CrashError(
    'bad-symbols',
    `It was made without the ${module.lacks}, the stored symbols with it: add both files together`,
  )
}

function isSame(before: ObjectInfo | null, { size, md5 }: Pick<FileFacts, 'size' | 'md5'>): boolean {
  const known = before && factsOf(before)
  return known !== null && known.size === size && known.md5 === md5
}

const optionsOf = (facts: FileFacts): StreamOptions => ({
  ...(facts.module && { contentType: 'text/plain', contentEncoding: 'gzip' }),
  metadata: metadataOf(facts),
})

/** Makes the module available by its code ID, and removes an index of another content. */
async function announce(
  symbols: Storage,
  module: ModuleFacts,
  { file, before }: { file: NewFile; before: ObjectInfo | null },
): Promise<void> {
  await writeCodePointer(symbols, module, file.isTry)
  if (before) await symbols.delete(symdexKey(module.debugFile, module.debugId, file.isTry))
}

/** Looks at a file while it passes. */
class Inspection {
  private readonly file
  private readonly hasher
  private readonly head = new ByteBuffer(4096)
  private readonly isSym
  private size = 0
  private module: ModuleFacts | null = null
  private facts: FileFacts | null = null

  constructor(file: NewFile, codecs: Codecs) {
    this.file = file
    this.hasher = codecs.createMd5()
    this.isSym = isSymName(file.path.leaf)
  }

  async *inspect(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { maxBytes } = this.file
    for await (const piece of content) {
      this.size += piece.length
      if (this.size > maxBytes) throw new CrashError('limit', `It has more than ${maxBytes} bytes`)
      this.hasher.update(piece)
      if (this.isSym && !this.module) {
        this.head.append(piece.subarray(0, symbolHeadBytes - this.head.length))
        if (this.head.length >= symbolHeadBytes) this.readHead()
      }
      yield piece
    }
  }

  /** After the last piece. @throws CrashError 'bad-symbols' */
  finish(): FileFacts {
    if (this.facts) return this.facts
    if (this.isSym && !this.module) this.readHead()
    const facts = { size: this.size, md5: this.hasher.hex(), module: this.module }
    const { expected } = this.file
    if (expected && expected.size !== facts.size)
      throw new CrashError('bad-symbols', `It has ${facts.size} bytes; ${expected.size} were announced`)
    if (expected && expected.md5 !== facts.md5)
      throw new CrashError('bad-symbols', `Its MD5 is ${facts.md5}; ${expected.md5} was announced`)
    this.facts = facts
    return facts
  }

  private readHead(): void {
    this.module = readSymbolHead(this.head.view())
    this.head.free()
    requirePlace(this.file.path, this.module)
  }
}
