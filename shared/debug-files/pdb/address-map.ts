// From a section and an offset, as symbols have them, to addresses in the image.
import { ByteCursor } from '../byte-cursor.ts'
import type { ByteSource } from '../byte-source.ts'
import { countBefore } from '../lists/search.ts'

interface Section {
  address: number
  size: number
  isCode: boolean
}

/** More entries than any program has. */
const maxEntries = 8_000_000

/**
 * Programs that were rearranged after linking have a table of pairs: from the original address to that in the image,
 * or to 0 for code that was removed.
 */
export class AddressMap {
  private readonly sections: Section[] = []
  private readonly from: Uint32Array
  private readonly to: Uint32Array

  constructor(sectionHeaders: Uint8Array, omap: ByteSource) {
    const cursor = new ByteCursor(sectionHeaders)
    while (cursor.at + 40 <= cursor.end) {
      cursor.skip(8)
      const size = cursor.u32()
      const address = cursor.u32()
      cursor.skip(20)
      this.sections.push({ size, address, isCode: (cursor.u32() & 0x2000_0000) !== 0 })
    }
    const count = Math.min(Math.floor(omap.size / 8), maxEntries)
    const pairs = new ByteCursor(omap.read(0, 8 * count))
    this.from = new Uint32Array(count)
    this.to = new Uint32Array(count)
    for (let i = 0; i < count; i++) {
      this.from[i] = pairs.u32()
      this.to[i] = pairs.u32()
    }
  }

  /** `section` counts from 1. */
  isCode(section: number): boolean {
    return this.sections[section - 1]?.isCode ?? false
  }

  /** The address before rearranging; null for a section that does not exist. */
  original(section: number, offset: number): number | null {
    const found = this.sections[section - 1]
    return found ? found.address + offset : null
  }

  /** The address in the image; null for code that was removed. */
  address(section: number, offset: number): number | null {
    const original = this.original(section, offset)
    return original === null ? null : this.mapped(original)
  }

  mapped(original: number): number | null {
    if (this.from.length === 0) return original
    const entry = this.entryAt(original)
    if (entry < 0 || this.to[entry] === 0) return null
    return this.to[entry]! + (original - this.from[entry]!)
  }

  /** Where the code of an original range is in the image: parts of start, size, and distance to the original address. */
  ranges(original: number, size: number): { start: number; size: number; original: number }[] {
    if (this.from.length === 0) return [{ start: original, size, original }]
    const parts: { start: number; size: number; original: number }[] = []
    const end = original + size
    for (let at = original, entry = this.entryAt(original); at < end; entry++) {
      const next = Math.min(end, entry + 1 < this.from.length ? this.from[entry + 1]! : end)
      const target = entry < 0 ? 0 : this.to[entry]!
      const start = target + (at - (this.from[entry] ?? 0))
      const last = parts.at(-1)
      if (target !== 0 && next > at) {
        if (last && last.start + last.size === start && last.original + last.size === at)
          last.size += next - at
        else parts.push({ start, size: next - at, original: at })
      }
      at = Math.max(next, at)
    }
    return parts
  }

  private entryAt(original: number): number {
    const low = countBefore(this.from.length, (middle) => this.from[middle]! <= original)
    return low - 1
  }
}
