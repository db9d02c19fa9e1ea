// What crashes are compared by: public columns, and which of them may explain others.
import { columnsOf } from '../../../shared/fields/columns.ts'
import type { CorrelationKind } from '../../../shared/aggregates/correlations.ts'
import cause from '../../../shared/fields/cause.json' with { type: 'json' }
import system from '../../../shared/fields/system.json' with { type: 'json' }

export interface Attribute {
  column: string
  kind: CorrelationKind
  /** Attributes with a lower number may explain those with a higher one: system, program, modules, crash. */
  order: number
}

/** Identity, times, weights, and what processing adds; the signature itself. */
const excluded: ReadonlySet<string> = new Set([
  ...['crash_id', 'product', 'productid', 'vendor', 'build_id', 'application_build_id', 'major_version'],
  ...['duplicate_of', 'stack_key', 'throttle_rule', 'throttle_percent', 'throttleable', 'weight'],
  ...['crash_time', 'startup_time', 'install_time', 'uptime_ts', 'processor_version', 'crash_report_keys'],
  ...['signature', 'proto_signature', 'signature_version', 'stackwalk_version', 'mdsw_status_string'],
  ...['additional_minidumps', 'submitted_from', 'address', 'crashing_thread'],
])

/** Texts with few values; others are free text. */
const namedTexts: ReadonlySet<string> = new Set([
  ...['reason', 'platform_version', 'platform_pretty_version', 'cpu_info'],
  ...['adapter_subsys_id', 'adapter_driver_version', 'android_model', 'ipc_channel_error'],
])

/** Facts about the process that exist before the crash, although they are declared with its cause. */
const ofProcess: ReadonlySet<string> = new Set(['process_type', 'utility_process_sandboxing_kind'])

const tierOf = (field: string): number =>
  Object.hasOwn(system, field) ? 0 : ofProcess.has(field) || !Object.hasOwn(cause, field) ? 1 : 3

/** The tier of modules, between the program and the crash. */
const moduleTier = 2

type Column = ReturnType<typeof columnsOf>[number]

function kindOf({ name, type, search }: Column): CorrelationKind | null {
  if (excluded.has(name) || type === 'timestamp') return null
  if (type === 'bool') return 'flag'
  if (type === 'list<string>') return 'item'
  if (type !== 'string') return 'number'
  const isNamed = search === 'enum' || search === 'enumText' || search === 'keyword'
  return isNamed || namedTexts.has(name) ? 'value' : null
}

/** The module list of a crash, as one more attribute. */
export const modulesAttribute: Attribute = { column: 'modules', kind: 'module', order: moduleTier * 1000 }

/** Attributes of the table `crashes`, in catalog order. */
export const attributes: readonly Attribute[] = columnsOf('crashes').flatMap((column, place) => {
  const kind = kindOf(column)
  return kind ? [{ column: column.name, kind, order: tierOf(column.field.name) * 1000 + place }] : []
})

const byColumn = new Map([...attributes, modulesAttribute].map((one) => [one.column, one]))

/** @throws Error for a column that is not an attribute */
export function attributeOf(column: string): Attribute {
  const found = byColumn.get(column)
  if (!found) throw new Error(`The column ${column} is not compared`)
  return found
}
