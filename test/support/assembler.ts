// Writes binary formats for tests: fixed-size values in either byte order, and labels for positions that are known later.

/** A position in the output that may be referenced before it is known. */
export interface Label {
  offset: number | null
}

export interface Assembler {
  readonly littleEndian: boolean
  /** Bytes written so far. */
  readonly size: number
  label(): Label
  /** Puts `label` at the current end. */
  here(label: Label): Assembler
  u8(...values: number[]): Assembler
  u16(...values: number[]): Assembler
  u32(...values: Array<number | Label>): Assembler
  u64(...values: Array<bigint | number | Label>): Assembler
  bytes(bytes: Uint8Array | readonly number[]): Assembler
  zeros(count: number): Assembler
  /** u32 size and u32 offset of the data that `write` writes after all earlier parts. */
  location(write: ((a: Assembler) => void) | null): Assembler
  /** u32 offset of the data that `write` writes later. */
  reference(write: (a: Assembler) => void): Assembler
  /** u64 offset of the data that `write` writes later. */
  reference64(write: (a: Assembler) => void): Assembler
  /** All bytes, including deferred data, with labels resolved. */
  finish(): Uint8Array
}

interface Fixup {
  at: number
  label: Label
  wide: boolean
}

export function createAssembler(littleEndian = true): Assembler {
  let buffer = new Uint8Array(4096)
  let view = new DataView(buffer.buffer)
  let size = 0
  const fixups: Fixup[] = []
  const sizes: Array<{ at: number; start: Label; end: Label }> = []
  const later: Array<() => void> = []

  const reserve = (count: number) => {
    const at = size
    size += count
    if (size > buffer.byteLength) {
      const bigger = new Uint8Array(Math.max(size, buffer.byteLength * 2))
      bigger.set(buffer)
      buffer = bigger
      view = new DataView(buffer.buffer)
    }
    return at
  }
  const putOff = (write: (a: Assembler) => void, label: Label, end?: Label) => {
    later.push(() => {
      assembler.here(label)
      write(assembler)
      if (end) assembler.here(end)
    })
  }
  const assembler: Assembler = {
    littleEndian,
    get size() {
      return size
    },
    label: () => ({ offset: null }),
    here(label) {
      label.offset = size
      return assembler
    },
    u8(...values) {
      for (const value of values) view.setUint8(reserve(1), value)
      return assembler
    },
    u16(...values) {
      for (const value of values) {
        const at = reserve(2)
        view.setUint16(at, value, littleEndian)
      }
      return assembler
    },
    u32(...values) {
      for (const value of values) {
        const at = reserve(4)
        if (typeof value === 'number') view.setUint32(at, value, littleEndian)
        else fixups.push({ at, label: value, wide: false })
      }
      return assembler
    },
    u64(...values) {
      for (const value of values) {
        const at = reserve(8)
        if (typeof value === 'object') fixups.push({ at, label: value, wide: true })
        else view.setBigUint64(at, BigInt(value), littleEndian)
      }
      return assembler
    },
    bytes(bytes) {
      const at = reserve(bytes.length)
      buffer.set(bytes, at)
      return assembler
    },
    zeros(count) {
      reserve(count)
      return assembler
    },
    location(write) {
      if (!write) return assembler.u32(0, 0)
      const [start, end] = [assembler.label(), assembler.label()]
      sizes.push({ at: size, start, end })
      assembler.u32(0, start)
      putOff(write, start, end)
      return assembler
    },
    reference(write) {
      const label = assembler.label()
      putOff(write, label)
      return assembler.u32(label)
    },
    reference64(write) {
      const label = assembler.label()
      putOff(write, label)
      return assembler.u64(label)
    },
    finish() {
      for (let next = later.shift(); next; next = later.shift()) next()
      for (const { at, label, wide } of fixups) {
        if (label.offset === null) throw new Error('A label was used but never placed')
        if (wide) view.setBigUint64(at, BigInt(label.offset), littleEndian)
        else view.setUint32(at, label.offset, littleEndian)
      }
      for (const { at, start, end } of sizes) view.setUint32(at, end.offset! - start.offset!, littleEndian)
      return buffer.slice(0, size)
    },
  }
  return assembler
}

/** u32 byte length, UTF-16 units, a NUL unit. */
export const minidumpString = (text: string) => (a: Assembler) => {
  a.u32(text.length * 2)
  for (let i = 0; i < text.length; i++) a.u16(text.charCodeAt(i))
  a.u16(0)
}

/** u32 byte length, UTF-8, a NUL. */
export const utf8String = (text: string) => (a: Assembler) => {
  const bytes = new TextEncoder().encode(text)
  a.u32(bytes.length).bytes(bytes).u8(0)
}

/** `units` UTF-16 units, padded with zeros. */
export function fixedUtf16(a: Assembler, text: string, units: number): void {
  for (let i = 0; i < units; i++) a.u16(i < text.length ? text.charCodeAt(i) : 0)
}

/** Bytes from hex digits; spaces are ignored. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
