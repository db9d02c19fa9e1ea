// All files in an archive and in the archives in it, recognized by content, one after another.
import type { Codecs } from '../codecs/codecs.ts'
import { CrashError, isCrashError } from '../errors.ts'
import type { Bytes } from '../units.ts'
import { ArchiveBudget, maxDepth } from './archive-budget.ts'
import { archiveFormatOf, archiveHeadBytes } from './archive-format.ts'
import { type ByteRanges, piecesOf } from './byte-ranges.ts'
import { debFiles } from './deb.ts'
import { inflated } from './inflate.ts'
import { PieceReader } from './piece-reader.ts'
import { type PassingFile, tarFiles } from './tar.ts'
import { readZip } from './zip.ts'

export interface ArchivedFile {
  /**
   * From the outermost archive to the file, as the archives state them: not safe as paths. A file out of a compressed one
   * has its name without the extension.
   */
  names: readonly string[]
  /** Null for the content of a compressed file. */
  size: Bytes | null
  /** The first bytes, `archiveHeadBytes` of them unless the file is shorter. */
  head: Uint8Array
  /**
   * Before the next file is requested; with `isRepeatable`, also later and several times.
   * @throws CrashError 'bad-symbols' when it is damaged, 'limit' when the archive inflates to too much
   */
  open(): AsyncIterable<Uint8Array>
  isRepeatable: boolean
}

export interface ArchiveTools {
  codecs: Codecs
  /** Keeps a file, which is then read by ranges. */
  spool(content: AsyncIterable<Uint8Array>): Promise<ByteRanges>
  /** True for archives and compressed files that are wanted unchanged. */
  isWhole(names: readonly string[]): boolean
  /** Of an inner archive, which does not affect the others. */
  onProblem(names: readonly string[], problem: string): void
}

/**
 * The files in the archive `name`; of any other compressed file, its content.
 * @throws CrashError 'bad-symbols' when the archive is damaged, 'limit' when it has too many files or inflates to too
 * much; errors of the source
 */
export async function* archivedFiles(
  source: ByteRanges,
  name: string,
  tools: ArchiveTools,
): AsyncGenerator<ArchivedFile> {
  const walk = new ArchiveWalk(source.size, tools)
  yield* walk.inside({ names: [name], depth: 0, ...(await contentOfRanges(source)) })
}

interface Content extends Omit<ArchivedFile, 'names'> {
  /** Of a file that can be read by ranges. */
  ranges?: ByteRanges
}

interface Item extends Content {
  names: readonly string[]
  /** Of archives and compressed files around it. */
  depth: number
}

async function contentOfRanges(ranges: ByteRanges): Promise<Content> {
  const open = () => piecesOf(ranges)
  return { ranges, size: ranges.size, open, isRepeatable: true, head: await headOf(open()) }
}

async function headOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const reader = new PieceReader(pieces)
  try {
    return (await reader.peek(archiveHeadBytes)).slice()
  } finally {
    await reader.close()
  }
}

const extensions = /\.(gz|xz|zst|zstd)$/i
const withoutExtension = (name: string) => name.replace(/\.t(gz|xz|zst)$/i, '.tar').replace(extensions, '')

class ArchiveWalk {
  private readonly budget: ArchiveBudget
  private readonly tools: ArchiveTools

  constructor(size: Bytes, tools: ArchiveTools) {
    this.budget = new ArchiveBudget(size)
    this.tools = tools
  }

  async *inside(item: Item): AsyncGenerator<ArchivedFile> {
    const format = archiveFormatOf(item.head)
    if (format === 'zip') yield* this.inZip(item)
    else if (format === 'tar') yield* this.inSequence(item, tarFiles(item.open()))
    else if (format === 'deb') yield* this.inSequence(item, debFiles(item.open()))
    else if (format !== null) yield* this.inCompressed(item, format)
  }

  /** A file: itself, or the files in it. */
  private async *visit(item: Item): AsyncGenerator<ArchivedFile> {
    const { names, depth, head } = item
    if (archiveFormatOf(head) === null || this.tools.isWhole(names)) {
      yield item
      return
    }
    try {
      if (depth > maxDepth)
        throw new CrashError('bad-symbols', 'It is inside too many archives: unpack the outer ones')
      yield* this.inside(item)
    } catch (error) {
      this.report(names, error)
    }
  }

  /** Damage of a file in an archive does not affect the others. */
  private report(names: readonly string[], error: unknown): void {
    if (!isCrashError(error) || error.code === 'storage' || this.budget.isSpent) throw error
    this.tools.onProblem(names, error.message)
  }

  private async *inZip({ names, depth, ranges, open }: Item): AsyncGenerator<ArchivedFile> {
    const members = await readZip(ranges ?? (await this.tools.spool(open())))
    for (const { size } of members) this.budget.spendBytes(size)
    for (const member of members) {
      this.budget.spendFile()
      const { name, size } = member
      const item = { names: [...names, name], depth: depth + 1, size, open: () => member.open() }
      try {
        yield* this.visit({ ...item, head: await headOf(member.open()), isRepeatable: true })
      } catch (error) {
        this.report(item.names, error)
      }
    }
  }

  private async *inSequence(
    { names, depth }: Item,
    files: AsyncIterable<PassingFile>,
  ): AsyncGenerator<ArchivedFile> {
    for await (const { name, size, content } of files) {
      this.budget.spendFile()
      yield* this.passing({ names: [...names, name], depth: depth + 1, size }, content)
    }
  }

  /** A file that can be read once. */
  private async *passing(
    item: Pick<Item, 'names' | 'depth' | 'size'>,
    content: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<ArchivedFile> {
    const reader = new PieceReader(content)
    try {
      const head = (await reader.peek(archiveHeadBytes)).slice()
      yield* this.visit({ ...item, head, open: () => reader.rest(), isRepeatable: false })
    } finally {
      await reader.close()
    }
  }

  private async *inCompressed(item: Item, format: 'gzip' | 'xz' | 'zstd'): AsyncGenerator<ArchivedFile> {
    const names = item.names.with(-1, withoutExtension(item.names.at(-1)!))
    const inner = { names, depth: item.depth + 1, size: null }
    const content = this.counted(() => inflated(item.open(), format, this.tools.codecs))
    if (format === 'xz') {
      // Two streams of xz cannot be open at a time.
      const ranges = await this.tools.spool(content())
      yield* this.visit({ ...inner, ...(await contentOfRanges(ranges)) })
    } else if (item.isRepeatable)
      yield* this.visit({ ...inner, open: content, isRepeatable: true, head: await headOf(content()) })
    else yield* this.passing(inner, content())
  }

  /** What is read again costs nothing more. */
  private counted(open: () => AsyncIterable<Uint8Array>): () => AsyncGenerator<Uint8Array> {
    const { budget } = this
    let counted = 0
    return async function* () {
      let passed = 0
      for await (const piece of open()) {
        passed += piece.length
        if (passed > counted) budget.spendBytes(passed - counted)
        counted = Math.max(counted, passed)
        yield piece
      }
    }
  }
}
