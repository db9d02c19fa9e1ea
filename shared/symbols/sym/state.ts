// The state of parsing a symbol file.
import {
  type Columns,
  createColumns,
  type SymbolTables,
  symbolSchema,
  type TableName,
  tableNames,
} from '../symdex/columns.ts'
import { createRuleSet, type RuleSet } from './rules.ts'
import type { Scan } from './scan.ts'

/** The MODULE and INFO records; empty strings where they are missing. */
export interface SymFileInfo {
  os: string
  arch: string
  /** As written: an upper-case GUID and the age, usually 33 characters or more. */
  debugId: string
  debugFile: string
  codeId: string
  /** The name of the binary, mostly of Windows, where it differs from the debug file. */
  codeFile: string
  /** Where a downloaded file came from (INFO URL). */
  url: string | null
  generator: string
  /** The file of the module that was not available when Mayday made this one, `program` or `debug file` (INFO LACKS). */
  lacks: string
}

/** The records of a file without any. */
export const noInfo: Readonly<SymFileInfo> = {
  os: '',
  arch: '',
  debugId: '',
  debugFile: '',
  codeId: '',
  codeFile: '',
  url: null,
  generator: '',
  lacks: '',
}

/** State of a parse. References to files and origins are ids until `arrangeTables` makes them row numbers. */
export interface SymParse extends Scan {
  /** A view of the same bytes. */
  readonly view: DataView
  /** Position of the last newline; -1 without one. */
  readonly lastNewline: number
  info: SymFileInfo
  tables: SymbolTables
  fileIds: Columns<'id'>
  originIds: Columns<'id'>
  ruleSet: RuleSet
  /** True while line and INLINE records belong to the last FUNC. */
  inFunction: boolean
}

/** Initial capacity: one row per this many bytes of text (a power of two); unused memory costs nothing. */
const bytesPerRow: Partial<Record<TableName, number>> = {
  lines: 5,
  inlines: 6,
  deltas: 6,
  publics: 6,
  cfi: 7,
  rules: 10,
}

export function createParse(text: Uint8Array): SymParse {
  // A subclass, such as Node's Buffer, would be slower.
  const bytes = new Uint8Array(text.buffer, text.byteOffset, text.byteLength)
  const tables = {} as Record<string, Columns<string>>
  for (const name of tableNames) {
    const capacity = text.length >> (bytesPerRow[name] ?? 8)
    tables[name] = createColumns<string>(symbolSchema[name], capacity + 16)
  }
  return {
    bytes,
    view: new DataView(text.buffer, text.byteOffset, text.byteLength),
    at: 0,
    end: text.length,
    lastNewline: bytes.lastIndexOf(10),
    info: { ...noInfo },
    tables: tables as SymbolTables,
    fileIds: createColumns(['id'], 64),
    originIds: createColumns(['id'], 64),
    ruleSet: createRuleSet(),
    inFunction: false,
  }
}
