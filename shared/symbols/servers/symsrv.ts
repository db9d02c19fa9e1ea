// Symbol servers in the layout of Microsoft's SymSrv
// (https://learn.microsoft.com/windows-hardware/drivers/debugger/symbol-store-folder-tree).
import { baseName } from '../../text/base-name.ts'
import { type HttpFilesOptions, type HttpServer, httpServer } from '../sources/http.ts'
import type { SymbolFiles } from '../sources/symbol-files.ts'
import { isId, isOfWindows, isSafeLeaf, type ModuleKey } from '../sources/symbol-path.ts'
import { expandCabinet } from './cabinet.ts'
import { type Alternatives, fileOnServer } from './debug-server.ts'
import { pathOfPointer, pointerName } from './symsrv-pointer.ts'

/**
 * Programs and debug files: PDB and PE files of Windows, or files of other systems under their IDs. A file may be
 * compressed, with a `_` at the end of its name, or be replaced by a pointer to it, and in a folder by the first two
 * characters of the name.
 * @throws CrashError 'bad-usage' when `base` is not an http or https URL
 */
export function symsrvFiles(base: string, options: HttpFilesOptions = {}): SymbolFiles {
  const server = httpServer(base, options)
  let hasTwoTiers: Promise<boolean> | null = null
  return {
    async find(module) {
      const paths = pathsOf(module)
      if (paths.length === 0) return null
      // A failed request is sent again for the next module.
      hasTwoTiers ??= server.isThere('index2.txt')
      const isNested = await hasTwoTiers.catch((error: unknown) => {
        hasTwoTiers = null
        throw error
      })
      const files = paths.map((path) => alternatives(isNested ? nested(path) : path))
      return fileOnServer({
        server,
        module,
        files,
        unpack: (bytes, path) => unpack(bytes, path, server),
      })
    },
  }
}

const nested = (path: string) => `${path.slice(0, 2)}/${path}`
const alternatives = (path: string): Alternatives => [
  path,
  `${path.slice(0, -1)}_`,
  path.replace(/[^/]*$/, pointerName),
]

/** A pointer to a pointer is not followed. */
async function unpack(bytes: Uint8Array, path: string, server: HttpServer): Promise<Uint8Array | null> {
  if (path.endsWith('_')) return expandCabinet(bytes, server.maxBytes)
  if (baseName(path) !== pointerName) return bytes
  const target = pathOfPointer(bytes, server.urlOf(''))
  const pointed = await server.download(target)
  return pointed && target.endsWith('_') ? expandCabinet(pointed, server.maxBytes) : pointed
}

function pathsOf(module: ModuleKey): string[] {
  const { debugId, codeId } = module
  const [debugFile, codeFile] = [baseName(module.debugFile), baseName(module.codeFile)]
  if (isOfWindows(module)) {
    const pdb = isSafeLeaf(debugFile) && isId(debugId) && /\.pdb$/i.test(debugFile)
    const pe = isSafeLeaf(codeFile) && isId(codeId) && codeId.length > 8
    const size = codeId.slice(8).toLowerCase()
    return [
      ...(pdb ? [`${debugFile}/${debugId.toUpperCase()}/${debugFile}`] : []),
      ...(pe ? [`${codeFile}/${codeId.slice(0, 8).toUpperCase()}${size}/${codeFile}`] : []),
    ]
  }
  if (isId(codeId) && isSafeLeaf(codeFile)) {
    const id = codeId.toLowerCase()
    return [`_.debug/elf-buildid-sym-${id}/_.debug`, `${codeFile}/elf-buildid-${id}/${codeFile}`]
  }
  if (!isId(debugId) || debugId.length !== 33 || !isSafeLeaf(codeFile)) return []
  const uuid = debugId.slice(0, 32).toLowerCase()
  return [`_.dwarf/mach-uuid-sym-${uuid}/_.dwarf`, `${codeFile}/mach-uuid-${uuid}/${codeFile}`]
}
