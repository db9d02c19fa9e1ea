// The files in an uploaded archive: zip, as Tecken takes it, or tar. A program or debug file may be sent alone.
import { archivedFiles, type ArchivedFile } from '../../../shared/archives/archived-files.ts'
import { archiveFormatOf, archiveHeadBytes } from '../../../shared/archives/archive-format.ts'
import { readZip, type ZipMember } from '../../../shared/archives/zip.ts'
import { baseName } from '../../../shared/text/base-name.ts'
import { collectBytes } from '../../../shared/bytes/streams.ts'
import { isCrashError } from '../../../shared/errors.ts'
import {
  type ArchiveListing,
  type ArchiveMember,
  extensionOf,
  listArchive,
} from '../../../shared/symbol-store/archive.ts'
import { sniffDebugFile } from '../../../shared/symbol-store/debug-store.ts'
import { type FilePath, parseFilePath } from '../../../shared/symbol-store/file-path.ts'
import type { SymbolServer } from '../context.ts'
import { UploadRefused } from './refused.ts'
import { type Staged, stage } from './staged.ts'
import { type FilesToStore, type FileToStore, placedFile } from './store-upload.ts'

export interface UploadedArchive extends AsyncDisposable {
  files: FilesToStore
  count: number
  /** Names of members that are not stored. */
  ignored: string[]
}

const names = /\.(zip|tar|tgz|txz|tzst|tar\.(gz|xz|zst))$/i

export interface SentFile {
  /** Of the field or URL: an archive is recognized by its extension. */
  name: string
  /** Of the file itself, as sent. */
  filename?: string
  content: Staged
}

/** @throws UploadRefused for a name or content of another kind, and for a member without a place in a symbol store */
export async function openArchive(file: SentFile, server: SymbolServer): Promise<UploadedArchive> {
  const { name, content } = file
  if (!names.test(name)) return { ...(await openSingle(file)), [Symbol.asyncDispose]: async () => {} }
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

async function isProgram({ open }: Pick<ZipMember, 'open'>): Promise<boolean> {
  const { isDebugFile, content } = await sniffDebugFile(open())
  await content.return(undefined)
  return isDebugFile
}

/** @throws UploadRefused for any other file than a program or debug file */
async function openSingle({ name, filename, content }: SentFile) {
  const open = async function* () {
    yield* await content.read(0, content.size)
  }
  if (!(await isProgram({ open })))
    throw new UploadRefused(400, `Unrecognized archive file extension "${extensionOf(name)}"`)
  return { files: [programFile(filename ?? name, open)], count: 1, ignored: [] }
}

/** A file whose path does not name its module. */
const programFile = (path: string, open: FileToStore['open']): FileToStore => ({
  path: null,
  name: baseName(path),
  key: path,
  open,
})

const memberFile = (path: FilePath | null, { name, open }: Pick<ZipMember, 'name' | 'open'>) =>
  path ? placedFile(path, open) : programFile(name, open)

async function openZip(content: Staged): Promise<UploadedArchive> {
  const { files, programs, ignored } = await listArchive(await readZip(content), isProgram)
  return {
    files: [
      ...files.map(({ path, member }) => memberFile(path, member)),
      ...programs.map((member) => memberFile(null, member)),
    ],
    count: files.length + programs.length,
    ignored,
    [Symbol.asyncDispose]: async () => {},
  }
}

const noArchive = () => new UploadRefused(400, 'File is not a zip or tar file')

interface TarMember extends ArchiveMember {
  /** Its position among the files of the archive. */
  index: number
  isProgram: boolean
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
      for await (const { names, size, open } of this.members()) {
        if (names.length < 2) throw noArchive()
        const name = names.at(-1)!.replace(/^(\.\/)+/, '')
        const isOne = parseFilePath(name) === null && (await isProgram({ open }))
        members.push({ name, size: size ?? 0, index: members.length, isProgram: isOne })
      }
      const listing = await listArchive(members, (member) => member.isProgram)
      const { files, programs, ignored } = listing
      return {
        files: this.files(listing),
        count: files.length + programs.length,
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

  private async *files({ files, programs }: ArchiveListing<TarMember>): AsyncGenerator<FileToStore> {
    const byIndex = new Map<number, { path: FilePath | null; name: string }>()
    for (const { path, member } of files) byIndex.set(member.index, { path, name: member.name })
    for (const { index, name } of programs) byIndex.set(index, { path: null, name })
    let index = 0
    for await (const { open } of this.members()) {
      const listed = byIndex.get(index++)
      if (listed) yield memberFile(listed.path, { name: listed.name, open })
    }
  }

  private async close(): Promise<void> {
    const inflated = await this.inflated?.catch(() => null)
    await inflated?.remove()
  }
}
