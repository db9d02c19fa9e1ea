// Decodes msgpack or JSON from Sentry clients after checking its size.
import { decodeMulti } from '@msgpack/msgpack'
import { measureJson } from '../report/body/json-part.ts'

/** Maximum number of values in one text. */
const maxValues = 50_000
const maxDepth = 64
const maxBinary = 1024

/**
 * Maximum size of a decoded event, list of breadcrumbs or feedback, in bytes, as at Sentry
 * (https://develop.sentry.dev/sdk/foundations/transport/envelopes/#size-limits).
 */
export const maxDecodedBytes = 1024 * 1024

/** The value; null when it is not JSON in UTF-8, has more than 50,000 values, or is nested deeper than 64 levels. */
export function decodeJson(bytes: Uint8Array): unknown {
  try {
    const { values, deepest } = measureJson(bytes)
    if (values > maxValues || deepest > maxDepth) return null
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null
    throw error
  }
}

/** The values in sequence, as clients append them; null where `decodeJson` returns null. */
export function decodeMsgpack(bytes: Uint8Array): unknown[] | null {
  if (!isModestMsgpack(bytes)) return null
  try {
    return [...decodeMulti(bytes, { maxBinLength: maxBinary, maxExtLength: maxBinary })]
  } catch {
    // The error class depends on the kind of damage.
    return null
  }
}

interface Head {
  /** Bytes of the value's head and content, without nested values. */
  size: number
  /** Number of directly nested values. */
  inside: number
}

/** Follows the lengths: true when every value is complete, and they are neither too many nor too deep. */
function isModestMsgpack(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  /** How many values each open container still needs. */
  const open: number[] = []
  let values = 0
  for (let at = 0; at < bytes.length; ) {
    const head = headAt(view, at)
    if (!head || ++values > maxValues || at + head.size > bytes.length) return false
    at += head.size
    if (head.inside > 0) {
      if (head.inside > bytes.length - at || open.push(head.inside) > maxDepth) return false
      continue
    }
    while (open.length > 0 && --open[open.length - 1]! === 0) open.pop()
  }
  return open.length === 0
}

/**
 * By first byte from 0xc0: the size of values of a fixed size, else 0.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */
const fixedSizes = [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 3, 4, 6, 10, 18]
/** By first byte from 0xc0: the bytes of the length that follows, else 0. */
const lengthBytes = [
  ...[0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4],
]
/** The first bytes of values whose length counts bytes after a type, items, pairs of items. */
const [firstExt, lastExt, firstArray, firstMap] = [0xc7, 0xc9, 0xdc, 0xde]

/** Null for a truncated or unknown head. */
function headAt(view: DataView, at: number): Head | null {
  const first = view.getUint8(at)
  if (first < 0x80 || first >= 0xe0) return { size: 1, inside: 0 }
  if (first < 0x90) return { size: 1, inside: (first & 0x0f) * 2 }
  if (first < 0xa0) return { size: 1, inside: first & 0x0f }
  if (first < 0xc0) return { size: 1 + (first & 0x1f), inside: 0 }
  const fixed = fixedSizes[first - 0xc0]
  if (fixed) return { size: fixed, inside: 0 }
  const bytes = lengthBytes[first - 0xc0]!
  if (bytes === 0 || at + 1 + bytes > view.byteLength) return null
  const length = readLength(view, at + 1, bytes)
  if (first >= firstArray) return { size: 1 + bytes, inside: first >= firstMap ? length * 2 : length }
  return { size: 1 + bytes + length + (first >= firstExt && first <= lastExt ? 1 : 0), inside: 0 }
}

function readLength(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at)
  return bytes === 2 ? view.getUint16(at) : view.getUint32(at)
}
