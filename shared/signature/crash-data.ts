// The input of signature generation, and how a processed crash becomes one.
import { integerOf } from './python-compat/python.ts'

/** A function that was inlined into a frame, innermost first. */
export interface SignatureInline {
  function?: string | null
  file?: string | null
  line?: number | null
}

/** One frame as the stack walker writes it; other keys are ignored. */
export interface SignatureFrame extends SignatureInline {
  module?: string | null
  /** Hexadecimal with `0x`: address in memory. */
  offset?: string | null
  /** Hexadecimal with `0x`: address in the module. Not read by the rules. */
  module_offset?: string | null
  inlines?: SignatureInline[] | null
  unloaded_modules?: { module?: string | null; offsets?: string[] }[] | null
}

/** One thread. */
export interface SignatureThread {
  frames?: SignatureFrame[]
  /** Windows: name of the thread's last error. */
  last_error_value?: string | null
}

/** All that signatures are made of. Every key is optional; a missing key equals null. */
export interface CrashData {
  crashing_thread?: number | null
  threads?: SignatureThread[] | null
  /** `Windows NT`, `Mac OS X`, `Linux`, `Android`, … */
  os?: string | null
  reason?: string | null
  java_stack_trace?: string | null
  java_exception?: object | null
  mdsw_status_string?: string | null
  /** Bytes. */
  oom_allocation_size?: number | null
  js_large_allocation_failure?: string | null
  abort_message?: string | null
  async_shutdown_timeout?: string | null
  ipc_channel_error?: string | null
  ipc_message_name?: string | null
  /** Names of the other minidumps of the report. */
  additional_minidumps?: string[] | null
  hang?: string | null
  /** The signature stored before, for comparison only. */
  original_signature?: string | null
}

type Fields = Record<string, unknown>

/**
 * The crash data of a processed crash (Socorro's processed-crash shape, with the stack walker's output under
 * `json_dump`). Missing fields become null.
 */
export function crashDataFrom(processed: Readonly<Fields>): CrashData {
  const data: Fields = {
    hang: processed.hang ?? null,
    oom_allocation_size: integerOrNull(processed.oom_allocation_size),
    js_large_allocation_failure: processed.js_large_allocation_failure ?? null,
    abort_message: processed.abort_message ?? null,
    mdsw_status_string: processed.mdsw_status_string ?? null,
    async_shutdown_timeout: processed.async_shutdown_timeout ?? null,
    ipc_channel_error: processed.ipc_channel_error ?? null,
    ipc_message_name: processed.ipc_message_name ?? null,
    additional_minidumps: processed.additional_minidumps ?? [],
    original_signature: processed.signature ?? '',
  }
  if ('json_dump' in processed) {
    const dump = fields(processed.json_dump)
    const crashInfo = fields(dump.crash_info)
    data.crashing_thread = crashInfo.crashing_thread ?? null
    data.reason = crashInfo.type ?? null
    data.threads = dump.threads ?? null
    data.os = fields(dump.system_info).os ?? null
  }
  if ('java_exception' in processed) data.java_exception = processed.java_exception
  if ('java_stack_trace' in processed) data.java_stack_trace = processed.java_stack_trace
  return data as CrashData
}

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

function integerOrNull(value: unknown): number | null {
  try {
    return Number(integerOf(value))
  } catch {
    return null
  }
}
