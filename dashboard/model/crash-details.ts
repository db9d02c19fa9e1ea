// Which fields of a processed crash the details list, in which order, under which name and in which unit.
import { asNumber, asText } from './crash-view.ts'
import { formatBytes, formatCount, formatEpoch, formatSeconds, formatTime } from './format.ts'

type Kind = 'text' | 'code' | 'seconds' | 'bytes' | 'epoch' | 'time' | 'flag' | 'count' | 'percent'

const fields = [
  ['product', 'Product', 'text'],
  ['version', 'Version', 'text'],
  ['release_channel', 'Channel', 'text'],
  ['build', 'Build id', 'code'],
  ['vendor', 'Vendor', 'text'],
  ['process_type', 'Process type', 'text'],
  ['report_type', 'Report type', 'text'],
  ['submitted_timestamp', 'Received', 'time'],
  ['crash_time', 'Crash time', 'epoch'],
  ['uptime', 'Uptime', 'seconds'],
  ['last_crash', 'Since last crash', 'seconds'],
  ['install_time', 'Install time', 'epoch'],
  ['install_age', 'Install age', 'seconds'],
  ['startup_crash', 'Start-up crash', 'flag'],
  ['is_garbage_collecting', 'Collecting garbage', 'flag'],
  ['os_pretty_version', 'System', 'text'],
  ['os_name', 'Platform', 'text'],
  ['os_version', 'Platform version', 'text'],
  ['cpu_arch', 'CPU', 'text'],
  ['cpu_info', 'CPU info', 'text'],
  ['cpu_count', 'CPU count', 'count'],
  ['cpu_microcode_version', 'CPU microcode', 'code'],
  ['reason', 'Crash reason', 'text'],
  ['address', 'Crash address', 'code'],
  ['last_error_value', 'Last error', 'code'],
  ['abort_message', 'Abort message', 'text'],
  ['moz_crash_reason', 'Abort reason', 'text'],
  ['mac_crash_info', 'macOS crash info', 'text'],
  ['crash_inconsistencies', 'Inconsistencies', 'text'],
  ['possible_bit_flips_max_confidence', 'Bit-flip confidence', 'percent'],
  ['java_stack_trace', 'Java stack', 'code'],
  ['oom_allocation_size', 'Allocation that failed', 'bytes'],
  ['available_page_file', 'Available page file', 'bytes'],
  ['available_physical_memory', 'Available physical memory', 'bytes'],
  ['available_virtual_memory', 'Available virtual memory', 'bytes'],
  ['total_page_file', 'Total page file', 'bytes'],
  ['total_physical_memory', 'Total physical memory', 'bytes'],
  ['total_virtual_memory', 'Total virtual memory', 'bytes'],
  ['system_memory_use_percentage', 'Memory in use', 'percent'],
  ['adapter_vendor_id', 'Graphics vendor', 'code'],
  ['adapter_device_id', 'Graphics device', 'code'],
  ['adapter_driver_version', 'Graphics driver', 'code'],
  ['android_manufacturer', 'Manufacturer', 'text'],
  ['android_model', 'Model', 'text'],
  ['android_version', 'Android version', 'text'],
  ['android_cpu_abi', 'Android ABI', 'text'],
  ['app_notes', 'App notes', 'text'],
  ['thread_count', 'Threads', 'count'],
  ['stackwalk_version', 'Stack walker', 'text'],
  ['completed_datetime', 'Processed', 'time'],
] as const satisfies readonly (readonly [name: string, title: string, kind: Kind])[]

/** The rows that the crash has a value for. */
export function detailRows(crash: Record<string, unknown>): { title: string; text: string; code: boolean }[] {
  return fields.flatMap(([name, title, kind]) => {
    const text = textOf(crash[name], kind)
    return text === null ? [] : [{ title, text, code: kind === 'code' }]
  })
}

function textOf(value: unknown, kind: Kind): string | null {
  if (kind === 'flag') return value === true ? 'yes' : null
  if (Array.isArray(value)) return value.flatMap((item) => asText(item) ?? []).join(', ') || null
  const text = asText(value)
  if (text === null || kind === 'text' || kind === 'code') return text
  if (kind === 'time') return formatTime(text)
  const number = asNumber(typeof value === 'string' ? Number(value) : value)
  return number === null ? text : formatNumber(number, kind)
}

function formatNumber(number: number, kind: 'seconds' | 'bytes' | 'epoch' | 'count' | 'percent'): string {
  switch (kind) {
    case 'seconds':
      return formatSeconds(number)
    case 'bytes':
      return formatBytes(number)
    case 'epoch':
      return formatEpoch(number) ?? String(number)
    case 'count':
      return formatCount(number)
    case 'percent':
      return `${formatCount(number)} %`
  }
}
