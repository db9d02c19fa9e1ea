// Recognizes archives and compressed files by their first bytes.
import { formatOf } from '../bytes/format.ts'
import type { Bytes } from '../units.ts'

/** `tar` and `deb` hold files one after another; `gzip`, `xz` and `zstd` hold one. */
export type ArchiveFormat = 'zip' | 'tar' | 'deb' | 'gzip' | 'xz' | 'zstd'

/** A header of tar: enough for `archiveFormatOf`. */
export const archiveHeadBytes: Bytes = 512

/** `!<arch>`, then the first member (https://manpages.debian.org/deb.5). */
const debStart = '!<arch>\ndebian-binary'

/** The format by the first bytes; null for other files. */
export function archiveFormatOf(head: Uint8Array): ArchiveFormat | null {
  const format = formatOf(head)
  // Deflate is the only method of gzip (RFC 1952).
  if (format === 'gzip') return head[2] === 8 ? format : null
  if (format === 'zip' || format === 'xz' || format === 'zstd') return format
  if (textIn(head, 0, debStart.length) === debStart) return 'deb'
  return isTar(head) ? 'tar' : null
}

const textIn = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, to))

/** By the checksum of its first header, which the oldest tars have too: the sum with blanks in its own place. */
function isTar(head: Uint8Array): boolean {
  if (head.length < archiveHeadBytes || head[0] === 0) return false
  const stated = /^ *([0-7]{1,7})[ \0]/.exec(textIn(head, 148, 156))
  if (!stated) return false
  let sum = 8 * 0x20
  for (let i = 0; i < archiveHeadBytes; i++) if (i < 148 || i >= 156) sum += head[i]!
  return Number.parseInt(stated[1]!, 8) === sum
}
