// Truncates public data to a bounded size: clients may send megabytes in a public field.
import { own, setOwn } from '../own.ts'

/** Maximum bytes of UTF-8 of one public field, in a row and in a response. */
export const maxPublicBytes = 64 * 1024
/** The same for the stack walk of one dump. */
export const maxPublicDumpBytes = 16 * 1024 * 1024

/** Suffix of truncated text. */
export const cutMark = '… [cut]'

/** Fixed JSON costs besides texts and names: per number, and per item or key. */
const numberBytes = 8
const itemBytes = 4
/** Space for the mark, as an item of a list. */
const markBytes = 16

const encoder = new TextEncoder()

/**
 * A JSON value of at most about `maxBytes`: the same value when it is small enough, else one without its last parts.
 * Truncated text ends in `cutMark`. Idempotent.
 */
export function cutJson(value: unknown, maxBytes: number): unknown {
  if (sizeUpTo(value, maxBytes, upperBound) <= maxBytes) return value
  if (sizeUpTo(value, maxBytes, utf8Length) <= maxBytes) return value
  return cut(value, { left: maxBytes - markBytes })
}

const upperBound = (text: string) => text.length * 3

function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code <= 0x7f) continue
    bytes += code > 0x7ff ? 2 : 1
    // Both halves of a surrogate pair have four bytes together.
    const isPair = code >> 10 === 0x36 && text.charCodeAt(i + 1) >> 10 === 0x37
    if (isPair) i++
  }
  return bytes
}

/** The size of a value; any number over `max` when it is larger. */
function sizeUpTo(value: unknown, max: number, lengthOf: (text: string) => number): number {
  if (typeof value === 'string') return value.length > max ? value.length : lengthOf(value)
  if (typeof value !== 'object' || value === null) return numberBytes
  let size = 0
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && size <= max; i++)
      size += itemBytes + sizeUpTo(value[i], max - size, lengthOf)
    return size
  }
  const keys = Object.keys(value)
  for (let i = 0; i < keys.length && size <= max; i++) {
    const item: unknown = own(value as Record<string, unknown>, keys[i]!)
    size += itemBytes + lengthOf(keys[i]!) + sizeUpTo(item, max - size, lengthOf)
  }
  return size
}

/** `left`: remaining bytes, excluding the mark; negative once a part was omitted. */
interface CutState {
  left: number
}

/** Undefined for an omitted part. */
function cut(value: unknown, state: CutState): unknown {
  if (typeof value === 'string') return cutText(value, state)
  if (Array.isArray(value)) return cutList(value, state)
  if (typeof value === 'object' && value !== null) return cutObject(value, state)
  state.left -= numberBytes
  return state.left < 0 ? undefined : value
}

function cutText(text: string, state: CutState): string {
  const bytes = text.length > state.left ? text.length : utf8Length(text)
  const room = Math.max(0, state.left)
  state.left -= bytes
  if (state.left >= 0) return text
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(room)).read) + cutMark
}

function cutList(list: readonly unknown[], state: CutState): unknown[] {
  const kept: unknown[] = []
  for (const item of list) {
    state.left -= itemBytes
    if (state.left < 0 && typeof item !== 'string') break
    const part = cut(item, state)
    if (part !== undefined) kept.push(part)
    if (state.left < 0) break
  }
  return kept
}

function cutObject(object: object, state: CutState): object {
  const kept: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(object)) {
    state.left -= itemBytes + utf8Length(key)
    const part = state.left < 0 ? undefined : cut(item, state)
    if (part !== undefined) setOwn(kept, key, part)
    if (state.left < 0) break
  }
  return kept
}
