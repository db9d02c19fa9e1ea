// Parses a Breakpad symbol file (text,
// https://chromium.googlesource.com/breakpad/breakpad/+/HEAD/docs/symbol_files.md).
import { CrashError } from '../../errors.ts'
import { none, type SymbolTables } from '../symdex/columns.ts'
import { arrangeTables } from './order.ts'
import { plainText } from './plain-text.ts'
import { parseRecord } from './records.ts'
import { scanRest } from './scan.ts'
import { createParse, type SymFileInfo } from './state.ts'

/** A parsed symbol file. Strings stay in `text` and are decoded on request. */
export interface SymFile {
  info: SymFileInfo
  tables: SymbolTables
  text: Uint8Array
  /** Lines that match no record, or are malformed. */
  badLines: number
}

/** `strict` throws CrashError('bad-symbols') at the first bad line; else bad lines are skipped and counted. */
export interface SymOptions {
  strict?: boolean
}

/**
 * Parses a whole symbol file, in UTF-8 or UTF-16, with any line ends. Records are sorted, overlaps removed and references resolved as in rust-minidump.
 * Addresses from 2^32 are skipped: no module of a minidump is that large.
 * @throws CrashError 'bad-symbols' in strict mode; 'limit' when the text has 4 GiB or more.
 */
export function parseSymFile(text: Uint8Array, options: SymOptions = {}): SymFile {
  if (text.length >= none) throw new CrashError('limit', 'A symbol file of 4 GiB or more cannot be read')
  if (options.strict && text.length === 0) throw new CrashError('bad-symbols', 'The symbol file is empty')
  const p = createParse(plainText(text))
  let badLines = 0
  while (p.at < p.end) {
    const start = p.at
    if (parseRecord(p)) continue
    if (options.strict)
      throw new CrashError('bad-symbols', `Not a symbol record at byte ${start}: ${excerpt(p.bytes, start)}`)
    badLines++
    p.at = start
    scanRest(p)
  }
  arrangeTables(p)
  return { info: p.info, tables: p.tables, text: p.bytes, badLines }
}

const excerpt = (text: Uint8Array, at: number) =>
  JSON.stringify(new TextDecoder().decode(text.subarray(at, at + 60)).split('\n')[0])
