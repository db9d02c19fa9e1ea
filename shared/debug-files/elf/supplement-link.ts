// Links to the supplement that dwz makes of what several debug files share.
import { ByteCursor } from '../byte-cursor.ts'
import { decodeText } from '../byte-source.ts'
import { buildIdOf } from './build-id.ts'
import { type ElfFile, sectionNamed } from './elf-file.ts'
import { sectionContent } from './elf-image.ts'

export interface SupplementLink {
  /** A path, often relative to the file with the link. */
  name: string
  /** Lower-case hex digits of its build ID, or of its checksum. */
  id: string
}

const maxBytes = 4096
const hexOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** From `.gnu_debugaltlink` (name, NUL, build ID), or `.debug_sup`; null without one. @throws RangeError when it is damaged */
export function supplementLinkOf(file: ElfFile): SupplementLink | null {
  const section = sectionNamed(file, '.gnu_debugaltlink')
  if (!section) return readSup(file, false)
  const cursor = new ByteCursor(sectionContent(file, section).read(0, maxBytes), file.littleEndian)
  const name = decodeText(cursor.nulTerminated())
  return { name, id: hexOf(cursor.take(cursor.end - cursor.at)) }
}

/** By which links name a supplement; empty for a file that is not one. @throws RangeError when it is damaged */
export function supplementIdsOf(file: ElfFile): string[] {
  const ids = [hexOf(buildIdOf(file) ?? new Uint8Array(0)), readSup(file, true)?.id ?? '']
  return ids.filter((id) => id !== '')
}

/** `.debug_sup` (DWARF 5 §7.3.6) of a supplement, or of a file with one. */
function readSup(file: ElfFile, isSupplement: boolean): SupplementLink | null {
  const section = sectionNamed(file, '.debug_sup')
  if (!section) return null
  const cursor = new ByteCursor(sectionContent(file, section).read(0, maxBytes), file.littleEndian)
  cursor.skip(2)
  if ((cursor.u8() === 1) !== isSupplement) return null
  const name = decodeText(cursor.nulTerminated())
  return { name, id: hexOf(cursor.take(cursor.uleb())) }
}
