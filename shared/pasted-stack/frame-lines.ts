// Lines that show a frame without symbols, in the forms of many programs.
import { baseName } from '../text/base-name.ts'

export interface FrameLine {
  /** The file name of the module. */
  name: string
  /** Relative to the module; null when only an image list can give it. */
  offset: number | null
  /** In memory; null when the line does not show it. */
  address: number | null
  /** The ELF build ID of the module; null when the line does not show it. */
  buildId: string | null
  /** The address is that after a call. */
  isReturnAddress: boolean
}

/** What a pattern's groups give. */
interface Groups {
  name?: string
  /** Hexadecimal. */
  offset?: string
  /** Decimal, from the start of a symbol or of the module. */
  distance?: string
  symbol?: string
  address?: string
  buildId?: string
  frame?: string
}

interface Form {
  pattern: RegExp
  /** Every frame, or all but the first. */
  returns?: 'all' | 'callers'
}

const buildId = 'Build ?Id[:=] ?(?<buildId>[0-9a-f]+)'

/** The first that matches applies. */
const forms: readonly Form[] = [
  // Apple: `4  Electron Framework  0x0000000108c2a5e0 0x108c00000 + 173536`, also with a symbol instead of the base.
  {
    pattern:
      /^\s*(?<frame>\d{1,5}) {1,4}\t?\s*(?<name>\S.*?)\s+(?<address>0x[0-9a-f]{6,16}) (?<symbol>\S.*?) \+ (?<distance>\d{1,12})(?: \(.*\))?\s*$/i,
    returns: 'callers',
  },
  // Samples of macOS: `??? (in Electron Framework)  load address 0x10f3c000 + 0x1a2b3c  [0x110de2b3c]`.
  {
    pattern: /\(in (?<name>[^()]+)\) {1,4}load address 0x[0-9a-f]+ \+ 0x(?<offset>[0-9a-f]+)/i,
    returns: 'callers',
  },
  // Breakpad's output for programs: `thread|frame|module|function|file|line|offset`.
  { pattern: /^\d+\|\d+\|(?<name>[^|]+)\|\|\|\|0x(?<offset>[0-9a-f]+)\s*$/i },
  // Android: `#00 pc 0000000000012345  /system/lib64/libc.so (abort+123) (BuildId: 0a1b)`.
  {
    pattern: new RegExp(
      String.raw`#\d+ +pc +(?:0x)?(?<offset>[0-9a-f]+) +(?<name>[^\s()]+)(?:.*\(${buildId})?`,
      'i',
    ),
  },
  // glibc: `/usr/lib/libfoo.so.1(+0x1234) [0x7f0011223344]`.
  { pattern: /(?<name>[^\s()]+)\(\+0x(?<offset>[0-9a-f]+)\)/i, returns: 'all' },
  // Sanitizers, which show an address in the call: `#1 0x55d8f3 in f (/path/app+0x1234) (BuildId: 0a1b)`.
  {
    pattern: new RegExp(String.raw`\((?<name>[^()]+)\+0x(?<offset>[0-9a-f]+)\) +\(${buildId}`, 'i'),
  },
  // Chromium: `#1 0x55d8f3c5a4d9 (/usr/lib/chromium/chromium+0x1234567)`.
  { pattern: /(?:^|\s)\((?<name>[^()]+?) ?\+ ?0x(?<offset>[0-9a-f]+)\)/i, returns: 'all' },
  // Java: `C  [libfoo.so+0x1234]`.
  { pattern: /\[(?<name>[^[\]]+?) ?\+ ?0x(?<offset>[0-9a-f]+)\]/i },
  // `module + 0x1234`, with a frame number and an address before it, as Breakpad prints frames.
  {
    pattern:
      /^(?!.*::)\s*(?:(?:frame )?#?\d{1,5}[:.)]?\s+)?(?:at\s+)?(?:(?<address>0x[0-9a-f]+)\s+)?(?<name>[^\s:!|+][^!|+]*?)\s*\+\s*0x(?<offset>[0-9a-f]+)\s*$/i,
  },
]

/** The frame that a line shows; null for none. */
export function frameIn(line: string): FrameLine | null {
  if (!line.includes('+') && !line.includes('pc ') && !line.includes('|')) return null
  for (const { pattern, returns } of forms) {
    const groups = pattern.exec(line)?.groups as Groups | undefined
    if (groups?.name === undefined) continue
    return {
      name: baseName(groups.name.trim()),
      offset: offsetOf(groups),
      address: groups.address === undefined ? null : hexNumber(groups.address),
      buildId: groups.buildId ?? null,
      isReturnAddress: returns === 'all' || (returns === 'callers' && groups.frame !== '0'),
    }
  }
  return null
}

const hexNumber = (text: string) => {
  const value = Number.parseInt(text.replace(/^0x/i, ''), 16)
  return Number.isSafeInteger(value) ? value : null
}

/** In Apple's form the distance is from the module only if its name, or its base, is in the place of the symbol. */
function offsetOf({ name, offset, distance, symbol = '', address }: Groups): number | null {
  if (offset !== undefined) return hexNumber(offset)
  const start = /^0x[0-9a-f]+$/i.test(symbol) ? hexNumber(symbol) : null
  const fromBase = start === null ? null : (hexNumber(address ?? '') ?? 0) - start
  const isModule = symbol === name || (fromBase !== null && fromBase === Number(distance))
  return isModule ? Number(distance) : null
}
