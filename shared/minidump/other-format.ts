// Names files that are taken for minidumps.

const magics = [
  ['PAGEDU64', 'a Windows kernel dump'],
  ['PAGEDUMP', 'a Windows kernel dump'],
  ['\u007fELF', 'an ELF file, such as a core dump'],
  ['MZ', 'a Windows program'],
  ['Microsoft C/C++', 'a PDB file'],
] as const

/** Enough to tell text from other content. */
const startBytes = 512

/** What a file is if not a minidump, as `; this is a text file`; empty when unknown. */
export function otherFormat(bytes: Uint8Array): string {
  const start = bytes.subarray(0, startBytes)
  const latin1 = String.fromCharCode(...start)
  const found = magics.find(([magic]) => latin1.startsWith(magic))
  const name = found?.[1] ?? (isText(start) ? 'a text file' : null)
  return name === null ? '' : `; this is ${name}`
}

/** Printable ASCII, UTF-8 or UTF-16 with a byte order mark. */
function isText(start: Uint8Array): boolean {
  if (start.length === 0) return false
  if ((start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff)) return true
  const isControl = (byte: number) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1b
  if (start.some(isControl)) return false
  try {
    // The last character may be cut.
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true })
    return true
  } catch {
    return false
  }
}
