// Which columns search files have, in which order, and how each is encoded: derived from the field catalog.
import { columnsOf } from '../fields/columns.ts'
import type { ColumnType } from '../fields/field.ts'

/**
 * How the values of a block are encoded (`encode.ts`). `integer` also has timestamps, as microseconds since 1970.
 * `stack` is text whose parts, separated by ` | `, are shared between values.
 */
export const blockKinds = ['text', 'stack', 'integer', 'double', 'bool', 'list'] as const
export type BlockKind = (typeof blockKinds)[number]

export interface SearchColumn {
  readonly name: string
  readonly type: ColumnType
  readonly kind: BlockKind
}

/** Separates the functions of a proto signature. */
export const partSeparator = ' | '

const stackColumns: ReadonlySet<string> = new Set(['proto_signature'])

const kindOfType: Readonly<Record<ColumnType, BlockKind>> = {
  string: 'text',
  int32: 'integer',
  int64: 'integer',
  size: 'integer',
  timestamp: 'integer',
  double: 'double',
  bool: 'bool',
  'list<string>': 'list',
}

/**
 * Columns that most questions read, in the order of the file. Each took less than a byte a row: what takes more is a
 * block of its own, so that the others arrive first.
 */
const core: readonly string[] = [
  'product',
  'signature',
  'release_channel',
  'version',
  'build_id',
  'platform',
  'platform_pretty_version',
  'cpu_arch',
  'process_type',
  'report_type',
  'reason',
  'startup_crash',
  'is_garbage_collecting',
  'duplicate_of',
  'weight',
]

/** The crash ID is not a column: it is stored as bytes, at the end of the file. */
const own = columnsOf('crashes')
  .filter(({ name }) => name !== 'crash_id')
  .map(({ name, type }) => ({ name, type, kind: stackColumns.has(name) ? 'stack' : kindOfType[type] }))

/** The public columns of the catalog, those of the core first. */
export const searchColumns: readonly SearchColumn[] = [
  ...core.map((name) => own.find((column) => column.name === name)!),
  ...own.filter(({ name }) => !core.includes(name)),
]

/** Number of columns in the core, which one request reads. */
export const coreColumns = core.length
