// Shape of the stack walker's output, as rust-minidump's minidump-stackwalk writes it, and what of it is public.
import type { Shape } from './field.ts'

const unloadedModuleHit = {
  object: { module: 'string', offsets: { list: 'string' } },
} as const satisfies Shape

const frame = {
  object: {
    file: 'string',
    frame: 'int',
    function: 'string',
    function_offset: 'string',
    inlines: { list: { object: { function: 'string', file: 'string', line: 'int' } } },
    line: 'int',
    missing_symbols: 'bool',
    module: 'string',
    module_offset: 'string',
    offset: 'string',
    /** Values of registers may be parts of what the user typed. */
    registers: 'protected',
    truncated: { object: { msg: 'string' } },
    trust: 'string',
    unloaded_modules: { list: unloadedModuleHit },
  },
} as const satisfies Shape

const thread = {
  frame_count: 'int',
  frames: { list: frame },
  last_error_value: 'string',
  thread_name: 'string',
  truncated: 'bool',
} as const satisfies Record<string, Shape>

const crashInfo = {
  object: {
    address: 'string',
    assertion: 'string',
    crash_inconsistencies: { list: 'string' },
    crashing_thread: 'int',
    instruction: 'string',
    memory_accesses: {
      list: { object: { address: 'string', size: 'int', is_likely_guard_page: 'protected' } },
    },
    possible_bit_flips: {
      list: {
        object: {
          address: 'string',
          confidence: 'float',
          details: {
            object: {
              was_non_canonical: 'bool',
              is_null: 'bool',
              was_low: 'bool',
              poison_registers: 'bool',
              nearby_registers: 'int',
            },
          },
          source_register: 'string',
        },
      },
    },
    type: 'string',
  },
} as const satisfies Shape

const macCrashInfo = {
  object: {
    num_records: 'int',
    records: {
      list: {
        object: {
          abort_cause: 'string',
          backtrace: 'string',
          dialog_mode: 'string',
          message: 'string',
          message2: 'string',
          module: 'string',
          signature_string: 'string',
          thread: 'string',
        },
      },
    },
  },
} as const satisfies Shape

const module = {
  object: {
    base_addr: 'string',
    cert_subject: 'string',
    code_id: 'string',
    corrupt_symbols: 'bool',
    debug_file: 'string',
    debug_id: 'string',
    end_addr: 'string',
    filename: 'string',
    loaded_symbols: 'bool',
    missing_symbols: 'bool',
    symbol_url: 'string',
    version: 'string',
  },
} as const satisfies Shape

const unloadedModule = {
  object: {
    base_addr: 'string',
    cert_subject: 'string',
    code_id: 'string',
    end_addr: 'string',
    filename: 'string',
  },
} as const satisfies Shape

export const stackwalk = {
  object: {
    crash_info: crashInfo,
    crashing_thread: { object: { ...thread, threads_index: 'int' } },
    lsb_release: {
      object: { codename: 'string', description: 'string', id: 'string', release: 'string' },
    },
    mac_boot_args: 'protected',
    mac_crash_info: macCrashInfo,
    main_module: 'int',
    modules: { list: module },
    modules_contains_cert_info: 'bool',
    pid: 'int',
    soft_errors: 'protected',
    status: 'string',
    system_info: {
      object: {
        cpu_arch: 'string',
        cpu_count: 'int',
        cpu_info: 'string',
        cpu_microcode_version: 'scalar',
        os: 'string',
        os_ver: 'string',
      },
    },
    thread_count: 'int',
    threads: { list: { object: thread } },
    unloaded_modules: { list: unloadedModule },
  },
} as const satisfies Shape

/** What is kept of a further minidump of the same report. */
export const otherDump = {
  object: {
    json_dump: stackwalk,
    mdsw_return_code: 'protected',
    mdsw_status_string: 'string',
    mdsw_stderr: 'protected',
    stackwalk_version: 'string',
    success: 'bool',
  },
} as const satisfies Shape
