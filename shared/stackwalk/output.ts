// The JSON document of a walked dump: the schema of rust-minidump's minidump-stackwalk, field for field.
// https://github.com/rust-minidump/rust-minidump/blob/main/minidump-processor/json-schema.md

/** `0x` and lower-case hexadecimal digits, as wide as the processor's registers. */
export type HexAddress = string
/** Writes an address of the dump. */
export type Hex = (address: number | bigint) => HexAddress

export interface OutputInline {
  file: string | null
  function: string
  line: number | null
}

export interface OutputFrame {
  file: string | null
  frame: number
  function: string | null
  function_offset: HexAddress | null
  /** Innermost first; null when nothing is inlined. */
  inlines: OutputInline[] | null
  line: number | null
  /** True when no function name is known. */
  missing_symbols: boolean
  module: string | null
  module_offset: HexAddress | null
  offset: HexAddress
  /** Only in the first frame of `crashing_thread`. */
  registers?: Record<string, HexAddress>
  trust: 'context' | 'cfi' | 'frame_pointer' | 'scan'
  unloaded_modules: { module: string; offsets: HexAddress[] }[] | null
}

export interface OutputThread {
  frame_count: number
  frames: OutputFrame[]
  last_error_value: string | null
  thread_id: number
  thread_name: string | null
}

export interface OutputCrashingThread extends OutputThread {
  threads_index: number
}

export interface OutputMemoryAccess {
  access_type?: 'read' | 'write' | 'readwrite'
  address: HexAddress
  is_likely_guard_page?: true
  size: number | null
}

export interface OutputBitFlip {
  address: HexAddress
  confidence: number | null
  details: {
    is_null: boolean
    nearby_registers: number
    poison_registers: boolean
    was_low: boolean
    was_non_canonical: boolean
  }
  source_register: string | null
}

export interface OutputCrashInfo {
  address: HexAddress | null
  adjusted_address:
    | { address: HexAddress; kind: 'non-canonical' }
    | { kind: 'null-pointer'; offset: HexAddress }
    | null
  assertion: string | null
  crash_inconsistencies: string[] | null
  /** Index into `threads`. */
  crashing_thread: number | null
  instruction: string | null
  instruction_pointer_update: { address: HexAddress; is_likely_guard_page?: true } | null
  memory_accesses: OutputMemoryAccess[] | null
  possible_bit_flips: OutputBitFlip[] | null
  type: string | null
}

export interface OutputModule {
  base_addr: HexAddress
  cert_subject: string | null
  code_id: string
  /** Symbols were found but cannot be read. */
  corrupt_symbols: boolean
  debug_file: string
  debug_id: string
  /** Exclusive. */
  end_addr: HexAddress
  filename: string
  loaded_symbols: boolean
  /** Symbols were looked for and not found; false too when nobody looked. */
  missing_symbols: boolean
  symbol_url: string | null
  version: string | null
}

export interface OutputUnloadedModule {
  base_addr: HexAddress
  cert_subject: string | null
  code_id: string
  end_addr: HexAddress
  filename: string
}

export interface OutputLimit {
  hard: number | 'unlimited' | 'err'
  name: string
  soft: number | 'unlimited' | 'err'
  unit: string
}

export interface OutputMacRecord {
  abort_cause: HexAddress | null
  backtrace: string | null
  dialog_mode: HexAddress | null
  message: string | null
  message2: string | null
  module: string | null
  signature_string: string | null
  thread: HexAddress | null
}

/** Keys stand in alphabetical order, here and in what is printed. */
export interface StackwalkOutput {
  crash_info: OutputCrashInfo
  /** A copy of one of `threads`; not there when no thread crashed or asked for the dump, or it has no frames. */
  crashing_thread?: OutputCrashingThread
  handles: { handle: number; object_name: string | null; type_name: string | null }[] | null
  linux_memory_map_count: number | null
  lsb_release: { codename: string; description: string; id: string; release: string } | null
  mac_boot_args: string | null
  mac_crash_info: { num_records: number; records: OutputMacRecord[] } | null
  main_module: 0
  modules: OutputModule[]
  modules_contains_cert_info: boolean
  pid: number | null
  proc_limits: { limits: OutputLimit[] } | null
  /** Seconds. */
  process_uptime: number | null
  /** Any JSON. */
  soft_errors: unknown
  status: 'OK'
  system_info: {
    cpu_arch: string
    cpu_count: number
    cpu_info: string | null
    cpu_microcode_version: string | null
    os: string
    os_ver: string | null
  }
  thread_count: number
  threads: OutputThread[]
  unloaded_modules: OutputUnloadedModule[]
}

/** One line of JSON, keys sorted; `pretty` indents by two blanks. The same document gives the same text always. */
export function toJson(output: StackwalkOutput, options: { pretty?: boolean } = {}): string {
  return JSON.stringify(output, null, options.pretty ? 2 : undefined)
}
