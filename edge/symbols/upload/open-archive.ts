// The files in an uploaded archive: zip, as Tecken takes it, or tar.
import { archivedFiles, type ArchivedFile } from '../../../shared/archives/archived-files.ts'
import { archiveFormatOf, archiveHeadBytes } from '../../../shared/archives/archive-format.ts'
import { readZip } from '../../../shared/archives/zip.ts'
import { collectBytes } from '../../../shared/bytes/streams.ts'
import { isCrashError } from '../../../shared/errors.ts'
import {
  type ArchiveListing,
  type ArchiveMember,
  extensionOf,
  listArchive,
} from '../../../shared/symbol-store/archive.ts'
import type { SymbolServer } from '../context.ts'
import { UploadRefused } from './refused.ts'
import { type Staged, stage } from './staged.ts'
import type { FilesToStore, FileToStore } from './store-upload.ts'

export interface UploadedArchive extends AsyncDisposable {
  files: FilesToStore
  count: number
  /** Names of members that are not stored. */
  ignored: string[]
}

const names = /\.(zip|tar|tgz|txz|tzst|tar\.(gz|xz|zst))$/i

/** @throws UploadRefused for a name or content of another kind, and for a member without a place in a symbol store */
export async function openArchive(
  name: string,
  content: Staged,
  server: SymbolServer,
): Promise<UploadedArchive> {
  if (!names.test(name))
    throw new UploadRefused(400, `Unrecognized archive file extension "${extensionOf(name)}"`)
  const start = content.size === 0 ? [] : await content.read(0, Math.min(content.size, archiveHeadBytes))
  const head = await collectBytes(start, archiveHeadBytes, 'The head')
  const format = archiveFormatOf(head)
  try {
    if (format === 'zip' || (format === null && /\.zip$/i.test(name))) return await openZip(content)
    if (format === null) throw noArchive()
    return await new TarUpload(name, content, server).open()
  } catch (error) {
    if (isCrashError(error) && (error.code === 'bad-symbols' || error.code === 'limit'))
      throw new UploadRefused(400, error.message)
    throw error
  }
}

async function openZip(content: Staged): Promise<UploadedArchive> {
  const { files, ignored } = listArchive(await readZip(content))
  return {
    files: files.map(({ path, member }) => ({ path, open: () => member.open() })),
    count: files.length,
    ignored,
    [Symbol.asyncDispose]: async () => {},
  }
}

const noArchive = () => new UploadRefused(400, 'File is not a zip or tar file')

interface TarMember extends ArchiveMember {
  /** Its position among the files of the archive. */
  index: number
}

/** Read twice: to check all names before any file is stored, and to store the files. */
class TarUpload {
  private readonly name: string
  private readonly content: Staged
  private readonly server: SymbolServer
  private inflated: Promise<Staged> | null = null

  constructor(name: string, content: Staged, server: SymbolServer) {
    this.name = name
    this.content = content
    this.server = server
  }

  async open(): Promise<UploadedArchive> {
    try {
      const members: TarMember[] = []
      for await (const { names, size } of this.members()) {
        if (names.length < 2) throw noArchive()
        members.push({ name: names.at(-1)!.replace(/^(\.\/)+/, ''), size: size ?? 0, index: members.length })
      }
      const { files, ignored } = listArchive(members)
      return {
        files: this.files(files),
        count: files.length,
        ignored,
        [Symbol.asyncDispose]: () => this.close(),
      }
    } catch (error) {
      await this.close()
      throw error
    }
  }

  private members(): AsyncGenerator<ArchivedFile> {
    return archivedFiles(this.content, this.name, {
      codecs: this.server.deps.codecs,
      spool: (content) => (this.inflated ??= stage(content, this.server.deps.stores.symbols)),
      isWhole: (names) => names.length > 1,
      onProblem: (_, problem) => {
        throw new UploadRefused(400, problem)
      },
    })
  }

  private async *files(listed: ArchiveListing<TarMember>['files']): AsyncGenerator<FileToStore> {
    const paths = new Map(listed.map(({ path, member }) => [member.index, path]))
    let index = 0
    for await (const { open } of this.members()) {
      const path = paths.get(index++)
      if (path) yield { path, open }
    }
  }

  private async close(): Promise<void> {
    const inflated = await this.inflated?.catch(() => null)
    await inflated?.remove()
  }
}
