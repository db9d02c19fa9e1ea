// The path of a module's symbol file in any symbol store: `<debug_file>/<debug_id>/<name>.sym`.
import { baseName } from '../../text/base-name.ts'

/** Identifies a module; strings are empty when unknown. Names may be full paths of any system. */
export interface ModuleKey {
  debugFile: string
  /** Upper-case hexadecimal GUID and age; empty or all zeros when unknown. */
  debugId: string
  codeFile: string
  codeId: string
}

/** True for a name that is safe as one part of a path or key: dumps are hostile. */
export function isSafeLeaf(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= 255 &&
    name !== '.' &&
    name !== '..' &&
    !/[/\\\u0000-\u001f\u007f]/.test(name)
  )
}

/** The name of the symbol file: a final `.pdb` (any case) is replaced by `.sym`, else `.sym` is added. */
const symFileName = (debugFile: string) => `${debugFile.replace(/\.pdb$/i, '')}.sym`

/** True for an ID that identifies: hexadecimal digits, not all zero. */
export const isId = (id: string) => /^[0-9A-Fa-f]{1,64}$/.test(id) && !/^0+$/.test(id)

const noDebugId = '0'.repeat(33)

/**
 * The paths where a folder or bucket may have the symbol file of a module, to be tried in this order. Modules of MinGW and
 * Rust -gnu have no debug ID: code file and code ID identify them, or, in the symbol file, a debug ID of zeros.
 */
export function symbolPaths(module: ModuleKey): string[] {
  const path = symbolPath(module)
  if (path !== null) return [path]
  const byCode = codeIdPath(module)
  if (byCode === null) return []
  const [leaf, id, file] = byCode.split('/') as [string, string, string]
  return [byCode, `${leaf}/${id.toLowerCase()}/${file}`, `${leaf}/${noDebugId}/${symFileName(leaf)}`]
}

/** True when names of this module do not depend on case: it is of Windows. */
export const isOfWindows = ({ codeFile, debugFile }: ModuleKey) =>
  /\.(pdb|exe|dll|sys|ocx|drv|cpl|scr|node)$/i.test(debugFile || codeFile) ||
  /^[a-z]:\\|^\\\\/i.test(codeFile)

/**
 * `symbolPaths`, where names cannot be compared without case, as keys of buckets and URLs: names of Windows modules are
 * also tried in lower case.
 */
export function pathsWithoutCase(module: ModuleKey): string[] {
  const paths = symbolPaths(module)
  if (!isOfWindows(module)) return paths
  const lower = paths.map((path) => path.replace(/^[^/]+|[^/]+$/g, (name) => name.toLowerCase()))
  return [...new Set([...paths, ...lower])]
}

/** The path of a module's symbol file, or null when it cannot have one. An empty debug file falls back to the code file. */
export function symbolPath(module: ModuleKey): string | null {
  const leaf = baseName(module.debugFile || module.codeFile)
  if (!isSafeLeaf(leaf) || !isId(module.debugId)) return null
  return `${leaf}/${module.debugId}/${symFileName(leaf)}`
}

/** The path for a lookup by code file and code ID on symbol servers, or null without them. */
export function codeIdPath(module: ModuleKey): string | null {
  const leaf = baseName(module.codeFile)
  if (!isSafeLeaf(leaf) || !isId(module.codeId)) return null
  return `${leaf}/${module.codeId.toUpperCase()}/${leaf.replace(/\.dll$/i, '')}.sym`
}

/** A map key for a module: modules with the same key have the same symbols. Lengths separate the parts. */
export const moduleKeyText = ({ codeFile, codeId, debugFile, debugId }: ModuleKey) =>
  `${codeFile.length} ${codeId.length} ${debugFile.length} ${codeFile}${codeId}${debugFile}${debugId}`
