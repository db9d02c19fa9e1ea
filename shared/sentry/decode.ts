// Decodes msgpack or JSON from Sentry clients after checking its size.
import { decodeMulti } from '@msgpack/msgpack'
import { measureJson } from '../report/json-part.ts'

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

/** Sizes of values by first byte, from 0xc0: https://github.com/msgpack/msgpack/blob/master/spec.md */
const fixedSizes: ReadonlyMap<number, number> = new Map([
  [0xc0, 1],
  [0xc2, 1],
  [0xc3, 1],
  [0xca, 5],
  [0xcb, 9],
  [0xcc, 2],
  [0xcd, 3],
  [0xce, 5],
  [0xcf, 9],
  [0xd0, 2],
  [0xd1, 3],
  [0xd2, 5],
  [0xd3, 9],
  [0xd4, 3],
  [0xd5, 4],
  [0xd6, 6],
  [0xd7, 10],
  [0xd8, 18],
])
/** Values whose length is a number of this many bytes after the first, and the unit of the length. */
const lengths: ReadonlyMap<number, { bytes: 1 | 2 | 4; counts: 'bytes' | 'ext' | 'items' | 'pairs' }> =
  new Map([
    [0xc4, { bytes: 1, counts: 'bytes' }],
    [0xc5, { bytes: 2, counts: 'bytes' }],
    [0xc6, { bytes: 4, counts: 'bytes' }],
    [0xc7, { bytes: 1, counts: 'ext' }],
    [0xc8, { bytes: 2, counts: 'ext' }],
    [0xc9, { bytes: 4, counts: 'ext' }],
    [0xd9, { bytes: 1, counts: 'bytes' }],
    [0xda, { bytes: 2, counts: 'bytes' }],
    [0xdb, { bytes: 4, counts: 'bytes' }],
    [0xdc, { bytes: 2, counts: 'items' }],
    [0xdd, { bytes: 4, counts: 'items' }],
    [0xde, { bytes: 2, counts: 'pairs' }],
    [0xdf, { bytes: 4, counts: 'pairs' }],
  ])

/** Null for a truncated or unknown head. */
function headAt(view: DataView, at: number): Head | null {
  const first = view.getUint8(at)
  if (first < 0x80 || first >= 0xe0) return { size: 1, inside: 0 }
  if (first < 0x90) return { size: 1, inside: (first & 0x0f) * 2 }
  if (first < 0xa0) return { size: 1, inside: first & 0x0f }
  if (first < 0xc0) return { size: 1 + (first & 0x1f), inside: 0 }
  const fixed = fixedSizes.get(first)
  if (fixed !== undefined) return { size: fixed, inside: 0 }
  const row = lengths.get(first)
  if (!row || at + 1 + row.bytes > view.byteLength) return null
  const length = readLength(view, at + 1, row.bytes)
  const size = 1 + row.bytes
  switch (row.counts) {
    case 'items':
      return { size, inside: length }
    case 'pairs':
      return { size, inside: length * 2 }
    default:
      return { size: size + length + (row.counts === 'ext' ? 1 : 0), inside: 0 }
  }
}

function readLength(view: DataView, at: number, bytes: 1 | 2 | 4): number {
  if (bytes === 1) return view.getUint8(at)
  return bytes === 2 ? view.getUint16(at) : view.getUint32(at)
}
