// The tables: where they stand, how they are sorted, their columns, and the rows a crash has in them.
import { collectorKeys, crashingFrames, type ProcessedCrash, type RawCrash } from '../../shared/crash.ts'
import { columnOf, columnsOf } from '../../shared/fields/columns.ts'
import { annotationByName, type FieldName } from '../../shared/fields/fields.ts'
import { cutJson, maxPublicBytes } from '../../shared/fields/cut.ts'
import { conform } from '../../shared/fields/shape.ts'
import type { StoredFrame } from '../../shared/fields/stackwalk.ts'
import { dateOfCrashId } from '../../shared/keys.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import type { Column } from './columns.ts'
import type { Row } from './rows.ts'

export interface Table {
  name: string
  bucket: keyof Stores
  columns: readonly Column[]
  /** Columns by which every file is sorted, most significant first. */
  sort: readonly string[]
  description: string
  /** Name of the view over its files; left out: that of the table. */
  view?: string
}

/** A table whose rows come from single crashes, and tell of which in `crash_id`. */
export interface CrashTable extends Table {
  rowsOf(crash: ProcessedCrash, raw: Readonly<Partial<RawCrash>>): Row[]
}

const crashIdColumn: Column = { name: 'crash_id', type: 'string', description: 'Id of the crash.' }
const dateColumn: Column = {
  name: 'date',
  type: 'date',
  description: 'Day of submission, UTC: the last six characters of the crash id.',
}

/** Frames of the crashing thread, innermost first; an inlined function stands above the frame it is in. */
const framesColumn: Column = {
  name: 'frames',
  type: 'structs',
  description: 'Frames of the crashing thread, innermost first; inlined functions are rows of their own.',
  fields: [
    {
      name: 'frame',
      type: 'int32',
      description: 'Number of the frame; inlined functions share that of theirs.',
    },
    { name: 'module', type: 'string', description: 'File name of the module.' },
    { name: 'module_offset', type: 'string', description: 'Offset into the module, hexadecimal.' },
    { name: 'function', type: 'string', description: 'Function, when symbols tell.' },
    { name: 'file', type: 'string', description: 'Source file, when symbols tell.' },
    { name: 'line', type: 'int32', description: 'Source line, when symbols tell.' },
    {
      name: 'trust',
      type: 'string',
      description: 'How the frame was found: context, cfi, frame_pointer, scan.',
    },
    { name: 'inline', type: 'bool', description: 'True for a function that was inlined.' },
  ],
}

const moduleCountColumn: Column = {
  name: 'module_count',
  type: 'int32',
  description: 'Modules that were loaded: rows of the crash in the table modules.',
}

const publicFields = columnsOf('crashes')
const protectedFields = columnsOf('protected')

/** Frames are few (`truncate-stacks`), their names as long as symbol files have them. */
const maxFramesBytes = 1024 * 1024

export const crashesTable: CrashTable = {
  name: 'crashes',
  bucket: 'lake',
  description: 'One row a crash: everything about it that is public.',
  columns: [...publicFields.map(plain), dateColumn, moduleCountColumn, framesColumn],
  sort: ['product', 'signature', 'submitted_at', 'crash_id'],
  rowsOf(crash) {
    const row: Row = {
      date: dateOfCrashId(crash.crash_id),
      module_count: modulesOf(crash).length,
      frames: cutJson(frameRows(crashingFrames(crash)), maxFramesBytes),
    }
    for (const { name, field, from } of publicFields) {
      const value = from(crash)
      const shown = typeof value === 'object' ? conform(value, field.shape, 'public') : value
      row[name] = cutJson(shown, maxPublicBytes)
    }
    return [row]
  },
}

export const protectedTable: CrashTable = {
  name: 'protected',
  bucket: 'crashes',
  description: 'One row a crash: what only people with permission may see.',
  columns: [
    ...protectedFields.map(plain),
    dateColumn,
    {
      name: 'annotations',
      type: 'string',
      description: 'Annotations that the catalog does not know, as a JSON object.',
    },
  ],
  sort: ['crash_id'],
  rowsOf(crash, raw) {
    const row: Row = { date: dateOfCrashId(crash.crash_id), annotations: unknownAnnotations(raw) }
    for (const { name, from } of protectedFields) row[name] = from(crash)
    return [row]
  },
}

export const modulesTable: CrashTable = {
  name: 'modules',
  bucket: 'lake',
  description: 'One row a module that was loaded in a crash.',
  columns: [
    crashIdColumn,
    dateColumn,
    { name: 'filename', type: 'string', description: 'File name of the module.' },
    { name: 'debug_file', type: 'string', description: 'File name of its debug information.' },
    { name: 'debug_id', type: 'string', description: 'Identifies the build of the module for symbols.' },
    { name: 'code_id', type: 'string', description: 'Identifies the build of the file.' },
    { name: 'version', type: 'string', description: 'Version of the file.' },
    { name: 'missing_symbols', type: 'bool', description: 'Symbols were looked for and not found.' },
    { name: 'in_stack', type: 'bool', description: 'The module has a frame in the crashing thread.' },
  ],
  sort: ['filename', 'debug_id', 'crash_id'],
  rowsOf(crash) {
    const date = dateOfCrashId(crash.crash_id)
    const used = new Set(crashingFrames(crash).map((frame) => frame.module))
    return modulesOf(crash).map((module) => ({
      ...(cutJson(module, maxPublicBytes) as Row),
      crash_id: crash.crash_id,
      date,
      missing_symbols: module.missing_symbols === true,
      in_stack: used.has(module.filename),
    }))
  },
}

/** Written in this order; the row in `crashes` comes last and says that the crash is done. */
export const crashTables: readonly CrashTable[] = [protectedTable, modulesTable, crashesTable]

const modulesOf = (crash: ProcessedCrash) => crash.json_dump?.modules ?? []

function plain({ name, type, description }: Column): Column {
  return { name, type, description }
}

function frameRows(frames: readonly StoredFrame[]): Row[] {
  const real = frames.filter((frame) => !frame.truncated)
  return real.flatMap((frame) => {
    const { module, module_offset, trust } = frame
    const common = { frame: frame.frame, module, module_offset, trust }
    const inlines = (frame.inlines ?? []).map(({ function: name, file, line }) => ({
      ...common,
      function: name,
      file,
      line,
      inline: true,
    }))
    const { function: name, file, line } = frame
    return [...inlines, { ...common, function: name, file, line, inline: false }]
  })
}

/** Annotations without a row in the catalog, so that nothing a client sends is out of reach of a query. */
function unknownAnnotations(raw: Readonly<Partial<RawCrash>>): string | null {
  const unknown = Object.entries(raw).filter(([name]) => !collectorKeys.has(name) && !annotationByName(name))
  return unknown.length ? JSON.stringify(Object.fromEntries(unknown)) : null
}

const count: Column = { name: 'count', type: 'int64', description: 'Reports, without those sent again.' }
const weighted: Column = {
  name: 'weighted',
  type: 'double',
  description: 'What they stand for: sum of weights.',
}
/** Columns of fields, as in the table `crashes`. */
const fieldColumns = (...names: FieldName[]): Column[] => names.map((name) => plain(columnOf(name)))

/** Derived from `crashes`: kept longer than those, so that what was first seen when stays known. */
export const signaturesTable: Table = {
  name: 'signatures',
  bucket: 'lake',
  view: 'signature_days',
  description: 'One row a signature, product and day: counts and lowest build id.',
  columns: [
    { ...dateColumn, description: 'Day of submission, UTC.' },
    ...fieldColumns('signature', 'product'),
    count,
    weighted,
    { name: 'first_build', type: 'string', description: 'Lowest build id of the day.' },
  ],
  sort: ['signature', 'product'],
}

/** Builds seen in crashes, and builds that were imported (`source`). */
export const buildsTable: Table = {
  name: 'builds',
  bucket: 'lake',
  view: 'build_days',
  description: 'One row a build and day: product, version, channel, build id, counts.',
  columns: [
    { ...dateColumn, description: 'Day of submission, UTC; of imported builds, the day that the id tells.' },
    ...fieldColumns('product', 'version', 'release_channel', 'build'),
    count,
    weighted,
    { name: 'source', type: 'string', description: 'crashes, or imported: read from a listing of builds.' },
  ],
  sort: ['product', 'release_channel', 'build_id', 'version'],
}

/** Reports that were not stored, so that totals can be told. */
export const refusalsTable: Table = {
  name: 'refusals',
  bucket: 'lake',
  description:
    'One row an hour and kind of refused report: product, version, channel, platform, process, rule.',
  columns: [
    { ...dateColumn, description: 'Day of submission, UTC.' },
    { name: 'hour', type: 'timestamp', description: 'First moment of the hour.' },
    ...fieldColumns('product', 'version', 'release_channel', 'os_name', 'process_type'),
    { name: 'rule', type: 'string', description: 'Rule of the throttle, or malformed_ and what was wrong.' },
    { name: 'count', type: 'int64', description: 'Refused reports.' },
  ],
  sort: ['hour', 'product', 'version'],
}

/** Every table there is. */
export const tables: readonly Table[] = [
  crashesTable,
  protectedTable,
  modulesTable,
  refusalsTable,
  signaturesTable,
  buildsTable,
]
