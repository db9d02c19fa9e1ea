// The tables: their locations, sort orders and columns, and the rows that a crash has in each.
import { auditActions } from '../../shared/access/audit.ts'
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
  /** Sort columns of every file, most significant first. */
  sort: readonly string[]
  description: string
  /** Name of the view over its files. Default: the name of the table. */
  view?: string
}

/** A table in which each row belongs to one crash, identified by `crash_id`. */
export interface CrashTable extends Table {
  rowsOf(crash: ProcessedCrash, raw: Readonly<Partial<RawCrash>>): Row[]
}

const crashIdColumn: Column = { name: 'crash_id', type: 'string', description: 'Crash ID.' }
const dateColumn: Column = {
  name: 'date',
  type: 'date',
  description: 'Day of submission, UTC: the last six characters of the crash ID.',
}

/** Frames of the crashing thread, innermost first; an inlined function precedes the frame that contains it. */
const framesColumn: Column = {
  name: 'frames',
  type: 'structs',
  description: 'Frames of the crashing thread, innermost first; inlined functions have entries of their own.',
  fields: [
    {
      name: 'frame',
      type: 'int32',
      description: 'Frame number; inlined functions have the number of the frame that contains them.',
    },
    { name: 'module', type: 'string', description: 'File name of the module.' },
    { name: 'module_offset', type: 'string', description: 'Offset within the module, hexadecimal.' },
    { name: 'function', type: 'string', description: 'Function, if symbolicated.' },
    { name: 'file', type: 'string', description: 'Source file, if symbolicated.' },
    { name: 'line', type: 'int32', description: 'Source line, if symbolicated.' },
    {
      name: 'trust',
      type: 'string',
      description: 'How the frame was found: context, cfi, frame_pointer or scan.',
    },
    { name: 'inline', type: 'bool', description: 'Whether the function was inlined.' },
  ],
}

const moduleCountColumn: Column = {
  name: 'module_count',
  type: 'int32',
  description: 'Number of loaded modules: rows of the crash in the table modules.',
}

const publicFields = columnsOf('crashes')
const protectedFields = columnsOf('protected')

/** The number of frames is limited (`truncate-stacks`); the length of names is not. */
const maxFramesBytes = 1024 * 1024

export const crashesTable: CrashTable = {
  name: 'crashes',
  bucket: 'lake',
  description: 'One row per crash: all public fields.',
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
  description: 'One row per crash: protected fields.',
  columns: [
    ...protectedFields.map(plain),
    dateColumn,
    {
      name: 'annotations',
      type: 'string',
      description: 'Annotations without a field in the data dictionary, as a JSON object.',
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
  description: 'One row per module loaded in a crash.',
  columns: [
    crashIdColumn,
    dateColumn,
    { name: 'filename', type: 'string', description: 'File name of the module.' },
    { name: 'debug_file', type: 'string', description: 'File name of the debug information.' },
    {
      name: 'debug_id',
      type: 'string',
      description: 'Debug ID: identifies the build of the module in symbol stores.',
    },
    { name: 'code_id', type: 'string', description: 'Code ID: identifies the build of the file.' },
    { name: 'version', type: 'string', description: 'Version of the file.' },
    { name: 'missing_symbols', type: 'bool', description: 'Whether symbols were requested and not found.' },
    { name: 'in_stack', type: 'bool', description: 'Whether the crashing thread has a frame in the module.' },
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

/** In the order of writing. The row in `crashes` comes last and marks the crash as complete. */
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

/** Annotations without a row in the catalog, so that queries can reach everything that clients send. */
function unknownAnnotations(raw: Readonly<Partial<RawCrash>>): string | null {
  const unknown = Object.entries(raw).filter(([name]) => !collectorKeys.has(name) && !annotationByName(name))
  return unknown.length ? JSON.stringify(Object.fromEntries(unknown)) : null
}

const count: Column = { name: 'count', type: 'int64', description: 'Number of reports, without duplicates.' }
const weighted: Column = {
  name: 'weighted',
  type: 'double',
  description: 'Estimated number of crashes: sum of weights.',
}
/** Columns of fields, the same as in the table `crashes`. */
const fieldColumns = (...names: FieldName[]): Column[] => names.map((name) => plain(columnOf(name)))

/** Derived from `crashes`, but kept longer, so that first-seen dates survive the expiry of crashes. */
export const signaturesTable: Table = {
  name: 'signatures',
  bucket: 'lake',
  view: 'signature_days',
  description: 'One row per signature, product and day: counts and lowest build ID.',
  columns: [
    { ...dateColumn, description: 'Day of submission, UTC.' },
    ...fieldColumns('signature', 'product'),
    count,
    weighted,
    { name: 'first_build', type: 'string', description: 'Lowest build ID of the day.' },
  ],
  sort: ['signature', 'product'],
}

/** Builds seen in crashes, and imported builds (`source`). */
export const buildsTable: Table = {
  name: 'builds',
  bucket: 'lake',
  view: 'build_days',
  description: 'One row per build and day: product, version, channel, build ID, counts.',
  columns: [
    {
      ...dateColumn,
      description: 'Day of submission, UTC; for imported builds, the day encoded in the build ID.',
    },
    ...fieldColumns('product', 'version', 'release_channel', 'build'),
    count,
    weighted,
    { name: 'source', type: 'string', description: 'crashes, or imported (read from a listing of builds).' },
  ],
  sort: ['product', 'release_channel', 'build_id', 'version'],
}

/** Derived from `modules` and `crashes`: what late symbols are looked up for, without reading those tables. */
export const missingModulesTable: Table = {
  name: 'missing_modules',
  bucket: 'lake',
  description: 'One row per module whose symbols crashes lacked, product and day: number of crashes.',
  columns: [
    { ...dateColumn, description: 'Day of submission, UTC.' },
    ...modulesTable.columns.filter(({ name }) =>
      ['filename', 'debug_file', 'debug_id', 'code_id'].includes(name),
    ),
    ...fieldColumns('product'),
    count,
    weighted,
  ],
  sort: ['filename', 'debug_id', 'product'],
}

const heldColumns: ReadonlySet<string> = new Set([
  ...['crash_id', 'date', 'product', 'version', 'platform', 'signature'],
  ...['submitted_at', 'processed_at', 'duplicate_of'],
])

/**
 * Derived from `crashes` and `modules` where products limit their dumps: what the choice of dumps to drop reads, without
 * the other columns. It has no view.
 */
export const heldDumpsTable: Table = {
  name: 'held_dumps',
  bucket: 'lake',
  description: 'One row per crash whose report has a minidump.',
  columns: [
    ...crashesTable.columns.filter(({ name }) => heldColumns.has(name)),
    { name: 'stack', type: 'string', description: 'Hash of the proto signature.' },
    { name: 'lacks_symbols', type: 'bool', description: 'Whether a module lacks symbols.' },
  ],
  sort: ['product', 'signature', 'version'],
}

/** Counts of reports that were not stored, for correct totals. */
export const refusalsTable: Table = {
  name: 'refusals',
  bucket: 'lake',
  description:
    'One row per hour and kind of refused report: product, version, channel, platform, process, rule.',
  columns: [
    { ...dateColumn, description: 'Day of submission, UTC.' },
    { name: 'hour', type: 'timestamp', description: 'Start of the hour.' },
    ...fieldColumns('product', 'version', 'release_channel', 'os_name', 'process_type'),
    { name: 'rule', type: 'string', description: 'Throttle rule, or malformed_ and the reason.' },
    { name: 'count', type: 'int64', description: 'Number of refused reports.' },
  ],
  sort: ['hour', 'product', 'version'],
}

/** Use of programs, imported by `mayday import --usage`: the denominators of crash rates. */
export const usageTable: Table = {
  name: 'usage',
  bucket: 'lake',
  description: 'Imported use of programs: one row per day, product, version, channel and platform.',
  columns: [
    { ...dateColumn, description: 'Day of use, UTC.' },
    ...fieldColumns('product', 'version', 'release_channel', 'os_name'),
    { name: 'users', type: 'double', description: 'Users, or installations, that were active on the day.' },
    { name: 'sessions', type: 'double', description: 'Number of times the program ran.' },
    { name: 'hours', type: 'double', description: 'Hours for which the program ran, summed over users.' },
  ],
  sort: ['product', 'version', 'release_channel'],
}

const bugText = (name: string, description: string): Column => ({ name, type: 'string', description })

/** Bugs of trackers that name signatures, from `mayday bugs`. */
export const bugsTable: Table = {
  name: 'bugs',
  bucket: 'lake',
  description: 'One row per bug of a tracker that names signatures.',
  columns: [
    {
      ...dateColumn,
      description: 'First day of the year in which the bug was reported; 1970-01-01 when unknown.',
    },
    bugText('tracker', 'URL of the tracker, or the name given to an import.'),
    bugText('id', 'ID of the bug in the tracker.'),
    bugText('url', 'Page of the bug.'),
    bugText('status', 'Status, in the words of the tracker.'),
    bugText('resolution', 'Resolution, in the words of the tracker.'),
    { name: 'is_open', type: 'bool', description: 'Whether work on the bug remains.' },
    bugText('summary', 'Title.'),
    { name: 'signatures', type: 'list<string>', description: 'Signatures that the bug names.' },
    { name: 'is_private', type: 'bool', description: 'Whether the tracker hides the bug from the public.' },
    { name: 'reported_at', type: 'timestamp', description: 'When the bug was reported.' },
    { name: 'changed_at', type: 'timestamp', description: 'When the bug last changed in the tracker.' },
    { name: 'synced_at', type: 'timestamp', description: 'When the row was last compared with the tracker.' },
  ],
  sort: ['tracker', 'id'],
}

const auditText = (name: string, description: string): Column => ({ name, type: 'string', description })

/** What holders of tokens did. */
export const auditTable: Table = {
  name: 'audit',
  bucket: 'crashes',
  description: 'One row per read of protected data, upload, request to reprocess, and change of tokens.',
  columns: [
    { ...dateColumn, description: 'Day of the action, UTC.' },
    { name: 'recorded_at', type: 'timestamp', description: 'Time of the action.' },
    auditText('label', 'Label of the token, name of the setting, or mayday: and the user of a command.'),
    auditText('token_id', 'First 12 digits of the SHA-256 of the token; empty for a command.'),
    auditText(
      'action',
      Object.entries(auditActions)
        .map(([name, doc]) => `${name}: ${doc}`)
        .join('; '),
    ),
    auditText('subject', 'Crash ID, upload, or label and ID of a changed token.'),
    auditText('detail', 'Name of a file, or permissions.'),
    auditText('product', 'Product of a crash.'),
  ],
  sort: ['recorded_at', 'label', 'subject'],
}

/** All tables. */
export const tables: readonly Table[] = [
  crashesTable,
  protectedTable,
  modulesTable,
  refusalsTable,
  signaturesTable,
  buildsTable,
  missingModulesTable,
  usageTable,
  bugsTable,
  auditTable,
]
