// `file.ptr`: where SymSrv finds a file that is not stored itself, or why it is not available
// (https://learn.microsoft.com/windows-hardware/drivers/debugger/symbol-store-folder-tree).
import { decodeText } from '../../debug-files/byte-source.ts'
import { CrashError } from '../../errors.ts'

export const pointerName = 'file.ptr'

const maxTextBytes = 2000

/**
 * The path on the server `root` (its URL) that a pointer names.
 * @throws CrashError 'bad-symbols' with its message, or for a place that is not on this server: a share, a local path,
 * another host
 */
export function pathOfPointer(bytes: Uint8Array, root: string): string {
  const text = decodeText(bytes.subarray(0, maxTextBytes).filter((byte) => byte >= 0x20)).trim()
  const [, kind, value = ''] = /^\uFEFF?(PATH|MSG):\s*(.*)$/i.exec(text) ?? []
  if (kind?.toUpperCase() !== 'PATH')
    throw new CrashError(
      'bad-symbols',
      `The server does not have the file: ${(kind ? value : text) || 'it gives no reason'}`,
    )
  const base = `${root.replace(/\/+$/, '')}/`
  const path = value.startsWith(base) ? value.slice(base.length) : value
  if (/^[/\\]|^[a-z][a-z0-9+.-]*:|\\|(^|\/)\.\.?(\/|$)|[?#]/i.test(path) || path === '')
    throw new CrashError('bad-symbols', `The server refers to a place that is not on it: ${value}`)
  return path
}
