// Which fields of a processed crash the details list, in which order and unit.
import type { PartialCrash } from '../../../shared/crash.ts'
import { type FieldName, labelOf } from '../../../shared/fields/fields.ts'
import type { IsoTime } from '../../../shared/units.ts'
import { valueSearch } from './value-search.ts'
import { formatBytes, formatCount, formatEpoch, formatSeconds, formatTime } from '../format.ts'

type Kind = 'text' | 'code' | 'time' | 'flag' | 'seconds' | 'bytes' | 'epoch' | 'count' | 'percent'

const fields = [
  ['product', 'text'],
  ['version', 'text'],
  ['release_channel', 'text'],
  ['build', 'code'],
  ['vendor', 'text'],
  ['process_type', 'text'],
  ['report_type', 'text'],
  ['submitted_timestamp', 'time'],
  ['crash_time', 'epoch'],
  ['uptime', 'seconds'],
  ['last_crash', 'seconds'],
  ['install_time', 'epoch'],
  ['install_age', 'seconds'],
  ['startup_crash', 'flag'],
  ['is_garbage_collecting', 'flag'],
  ['os_pretty_version', 'text'],
  ['os_name', 'text'],
  ['os_version', 'text'],
  ['cpu_arch', 'text'],
  ['cpu_info', 'text'],
  ['cpu_count', 'count'],
  ['cpu_microcode_version', 'code'],
  ['reason', 'text'],
  ['address', 'code'],
  ['stack_key', 'code'],
  ['last_error_value', 'code'],
  ['abort_message', 'text'],
  ['moz_crash_reason', 'text'],
  ['mac_crash_info', 'text'],
  ['crash_inconsistencies', 'text'],
  ['possible_bit_flips_max_confidence', 'percent'],
  ['java_stack_trace', 'code'],
  ['oom_allocation_size', 'bytes'],
  ['available_page_file', 'bytes'],
  ['available_physical_memory', 'bytes'],
  ['available_virtual_memory', 'bytes'],
  ['total_page_file', 'bytes'],
  ['total_physical_memory', 'bytes'],
  ['total_virtual_memory', 'bytes'],
  ['system_memory_use_percentage', 'percent'],
  ['adapter_vendor_id', 'code'],
  ['adapter_device_id', 'code'],
  ['adapter_driver_version', 'code'],
  ['android_manufacturer', 'text'],
  ['android_model', 'text'],
  ['android_version', 'text'],
  ['android_cpu_abi', 'text'],
  ['app_notes', 'text'],
  ['thread_count', 'count'],
  ['stackwalk_version', 'text'],
  ['completed_datetime', 'time'],
  ['dumps_dropped_at', 'time'],
] as const satisfies readonly (readonly [FieldName, Kind])[]

export interface DetailRow {
  title: string
  text: string
  code: boolean
  /** The search of reports with the same value; null: none. */
  href: string | null
  /** Of a time; null for other values. */
  time: IsoTime | null
}

/** The rows that the crash has a value for. */
export function detailRows(crash: PartialCrash): DetailRow[] {
  return fields.flatMap(([name, kind]) => {
    const text = detailText(crash[name], kind)
    if (!text) return []
    const row = { title: labelOf(name), text, code: kind === 'code' }
    return [{ ...row, href: valueSearch(name, crash[name]), time: timeOf(crash[name], kind) }]
  })
}

function timeOf(value: DetailValue, kind: Kind): IsoTime | null {
  if (kind === 'time' && typeof value === 'string') return value
  if (kind !== 'epoch' || typeof value !== 'number' || formatEpoch(value) === null) return null
  return new Date(1000 * value).toISOString()
}

type DetailValue = PartialCrash[(typeof fields)[number][0]]

function detailText(value: DetailValue, kind: Kind): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 'yes' : null
  if (typeof value === 'object') return value.join(', ')
  if (typeof value === 'string') return kind === 'time' && value ? formatTime(value) : value
  return formatNumber(value, kind)
}

function formatNumber(number: number, kind: Kind): string {
  switch (kind) {
    case 'seconds':
      return formatSeconds(number)
    case 'bytes':
      return formatBytes(number)
    case 'epoch':
      return formatEpoch(number) ?? String(number)
    case 'percent':
      return `${formatCount(number)} %`
    default:
      return formatCount(number)
  }
}
