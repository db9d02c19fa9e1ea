// `Range` requests for one range of bytes (RFC 9110 §14.2).
import type { ByteRange } from '../../shared/storage/storage.ts'

/** Null when the header is to be ignored; `unsatisfiable` when no byte of a file of `size` bytes is in the range. */
export function parseRange(header: string, size: number): Required<ByteRange> | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header.trim()) ?? []
  if (first === '' && last === '') return null
  if (first === '') {
    const length = Math.min(size, Number(last))
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length }
  }
  const offset = Number(first)
  const end = last === '' ? size : Math.min(size, Number(last) + 1)
  if (last !== '' && Number(last) < offset) return null
  return offset >= size ? 'unsatisfiable' : { offset, length: end - offset }
}
