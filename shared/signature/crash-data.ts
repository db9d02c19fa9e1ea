// The input of signature generation, and how it is derived from a processed crash.
import type { PartialCrash } from '../crash.ts'
import type { StoredDump } from '../fields/stackwalk.ts'
import { integerOf } from './python-compat/python.ts'

/** The complete input of signature generation. Every key is optional; a missing key equals null. */
export interface CrashData
  extends Pick<
    PartialCrash,
    | 'abort_message'
    | 'additional_minidumps'
    | 'async_shutdown_timeout'
    | 'crashing_thread'
    | 'hang'
    | 'ipc_channel_error'
    | 'ipc_message_name'
    | 'java_exception'
    | 'java_stack_trace'
    | 'js_large_allocation_failure'
    | 'mdsw_status_string'
    | 'oom_allocation_size'
    | 'reason'
    | 'stack_key'
  > {
  /** The frames of `json_dump`; of its other keys, only `last_error_value` is read. */
  threads?: StoredDump['threads'] | null
  /** `Windows NT`, `Mac OS X`, `Linux`, `Android`, … */
  os?: string | null
  /** The stored signature, for comparison only. */
  original_signature?: string | null
}

/** The same without any assumption about the values. */
export type Untrusted<T> = { readonly [K in keyof T]?: unknown }

/**
 * The crash data of a processed crash (Socorro's format, with the stack walk under `json_dump`). Missing fields
 * become null.
 */
export function crashDataFrom(processed: Untrusted<PartialCrash>): Untrusted<CrashData> {
  const dump: Untrusted<StoredDump> = fieldsOf(processed.json_dump)
  const crashInfo: Untrusted<NonNullable<StoredDump['crash_info']>> = fieldsOf(dump.crash_info)
  const system: Untrusted<NonNullable<StoredDump['system_info']>> = fieldsOf(dump.system_info)
  return {
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
    stack_key: processed.stack_key ?? null,
    ...('json_dump' in processed && {
      crashing_thread: crashInfo.crashing_thread ?? null,
      reason: crashInfo.type ?? null,
      threads: dump.threads ?? null,
      os: system.os ?? null,
    }),
    ...('java_exception' in processed && { java_exception: processed.java_exception }),
    ...('java_stack_trace' in processed && { java_stack_trace: processed.java_stack_trace }),
  }
}

const fieldsOf = (value: unknown): object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}

function integerOrNull(value: unknown): number | null {
  if (value === undefined || value === null) return null
  try {
    return Number(integerOf(value))
  } catch {
    return null
  }
}
