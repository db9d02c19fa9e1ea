// Lines that list a module with its addresses and its ID.
import { baseName } from '../text/base-name.ts'
import { debugIdOfUuid } from './debug-ids.ts'
import type { Image } from './model.ts'

const number = (hex: string | undefined) => {
  const value = Number.parseInt((hex ?? '').replace(/^0x/i, ''), 16)
  return Number.isSafeInteger(value) ? value : null
}

/** Apple's "Binary Images": `0x108c00000 - 0x10f3c7fff name (version) <UUID> /path`. */
const apple = /^\s*(0x[0-9a-f]+) - +(0x[0-9a-f]+|\?+)\s+\+?(\S.*?)\s*<([0-9A-F-]{32,36})>\s*(\S.*)?$/i

/** Breakpad: `0x00400000 - 0x0041ffff  app  ???  (main)  (WARNING: No symbols, app, ID)`. */
const breakpad =
  /^\s*(0x[0-9a-f]+) - (0x[0-9a-f]+) {1,4}(\S.*?)(?: {2}\S.*)? \(WARNING: No symbols, (.+), ([0-9A-F]+)\)/i

/** Null for any other line. */
export function imageIn(line: string): Image | null {
  const [, base, end, title, uuid, path] = apple.exec(line) ?? []
  if (title !== undefined) {
    const name = path === undefined ? title.replace(/ \(.*$/, '') : baseName(path.trim())
    return { name, debugFile: name, debugId: debugIdOfUuid(uuid!), base: number(base), end: number(end) }
  }
  const [, from, to, module, debugFile, debugId] = breakpad.exec(line) ?? []
  if (module === undefined) return null
  return {
    name: module,
    debugFile: debugFile!,
    debugId: debugId!.toUpperCase(),
    base: number(from),
    end: number(to),
  }
}

/** Breakpad's output for programs: `Module|name|version|debug file|debug ID|base|end|main`. */
export function moduleRecordIn(line: string): Image | null {
  const [kind, name, , debugFile, debugId, base, end] = line.split('|')
  if (kind !== 'Module' || !name) return null
  const id = /^[0-9A-F]+$/i.test(debugId ?? '') ? debugId!.toUpperCase() : null
  return { name, debugFile: debugFile || name, debugId: id, base: number(base), end: number(end) }
}
