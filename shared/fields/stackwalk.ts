// The output of a stack walk: the JSON schema of rust-minidump's minidump-stackwalk, and which parts are public.
// https://github.com/rust-minidump/rust-minidump/blob/main/minidump-processor/json-schema.md
// Addresses are `0x` and lower-case hexadecimal digits, as wide as the processor's registers.
import { publicAnnotations } from './annotations.ts'
import type { Shape, Stored, ValueOf } from './shape.ts'

const inline = {
  object: { demangled: { optional: 'string' }, file: 'string?', function: 'string', line: 'int?' },
} as const satisfies Shape

const unloadedHit = { object: { module: 'file', offsets: { list: 'string' } } } as const satisfies Shape

const frame = {
  object: {
    /** The human-readable `function`; only if the symbol file has the mangled name. Not in rust-minidump's schema. */
    demangled: { optional: 'string' },
    file: 'string?',
    frame: 'int',
    function: 'string?',
    function_offset: 'string?',
    /** Innermost first; null without inlined functions. */
    inlines: { nullable: { list: inline } },
    line: 'int?',
    /** True when no function name is known. */
    missing_symbols: 'bool',
    module: 'file?',
    module_offset: 'string?',
    offset: 'string',
    /** Only in the first frame of `crashing_thread`. Register values may be parts of user input. */
    registers: { optional: { protected: { map: 'string', keys: /^\w+$/ } } },
    /** The technique that found the frame: `context`, `cfi`, `frame_pointer` or `scan`. */
    trust: 'string',
    /** Only in the frame with which the processor replaces the middle of a long stack. */
    truncated: { optional: { object: { msg: 'string' } } },
    unloaded_modules: { nullable: { list: unloadedHit } },
  },
} as const satisfies Shape

const thread = {
  frame_count: 'int',
  frames: { list: frame },
  last_error_value: 'string?',
  thread_id: { protected: 'int' },
  thread_name: 'string?',
  /** Set by the processor when it shortens the stack. */
  truncated: { optional: 'bool' },
} as const

const memoryAccess = {
  object: {
    access_type: { optional: { protected: 'string' } },
    address: 'string',
    is_likely_guard_page: { optional: { protected: 'bool' } },
    size: 'int?',
  },
} as const satisfies Shape

const bitFlip = {
  object: {
    address: 'string',
    confidence: 'float?',
    details: {
      object: {
        is_null: 'bool',
        nearby_registers: 'int',
        poison_registers: 'bool',
        was_low: 'bool',
        was_non_canonical: 'bool',
      },
    },
    source_register: 'string?',
  },
} as const satisfies Shape

/** Of the kind `non-canonical` with an address, or `null-pointer` with an offset. */
const adjustedAddress = {
  object: { address: { optional: 'string' }, kind: 'string', offset: { optional: 'string' } },
} as const satisfies Shape

const pointerUpdate = {
  object: { address: 'string', is_likely_guard_page: { optional: 'bool' } },
} as const satisfies Shape

const crashInfo = {
  object: {
    address: 'string?',
    adjusted_address: { protected: { nullable: adjustedAddress } },
    assertion: 'string?',
    crash_inconsistencies: { nullable: { list: 'string' } },
    /** Index into `threads`. */
    crashing_thread: 'int?',
    instruction: 'string?',
    instruction_pointer_update: { protected: { nullable: pointerUpdate } },
    memory_accesses: { nullable: { list: memoryAccess } },
    possible_bit_flips: { nullable: { list: bitFlip } },
    type: 'string?',
  },
} as const satisfies Shape

const handle = {
  object: { handle: 'int', object_name: 'string?', type_name: 'string?' },
} as const satisfies Shape

const macRecord = {
  object: {
    abort_cause: 'string?',
    backtrace: 'string?',
    dialog_mode: 'string?',
    message: 'string?',
    message2: 'string?',
    module: 'file?',
    signature_string: 'string?',
    thread: 'string?',
  },
} as const satisfies Shape

const module = {
  object: {
    base_addr: 'string',
    cert_subject: 'string?',
    code_id: 'string',
    /** Symbols were found but could not be read. */
    corrupt_symbols: 'bool',
    debug_file: 'file',
    debug_id: 'string',
    /** Exclusive. */
    end_addr: 'string',
    filename: 'file',
    loaded_symbols: 'bool',
    /** Symbols were requested and not found; false also when none were requested. */
    missing_symbols: 'bool',
    symbol_url: 'string?',
    version: 'string?',
  },
} as const satisfies Shape

const unloadedModule = {
  object: {
    base_addr: 'string',
    cert_subject: 'string?',
    code_id: 'string',
    /** Exclusive. */
    end_addr: 'string',
    filename: 'file',
  },
} as const satisfies Shape

/** `hard` and `soft` are numbers, `unlimited` or `err`. */
const limit = {
  object: { hard: 'scalar', name: 'string', soft: 'scalar', unit: 'string' },
} as const satisfies Shape

const lsbRelease = {
  object: { codename: 'string', description: 'string', id: 'string', release: 'string' },
} as const satisfies Shape

const isPublic = (name: string) => publicAnnotations.has(name)

/** An annotation of Crashpad with a type; `value` is null unless the type is 1, text. */
const annotationObject = {
  object: { name: 'string', type: 'int', value: 'string?' },
} as const satisfies Shape

const namedAnnotations = { map: 'string', keys: { test: isPublic } } as const satisfies Shape

const crashpadModule = {
  object: {
    list_annotations: { protected: { list: 'string' } },
    module: 'file?',
    objects: {
      list: {
        chosen: annotationObject,
        public: (value) => isPublic(String((value as { name?: unknown }).name)),
      },
    },
    simple_annotations: namedAnnotations,
  },
} as const satisfies Shape

/** Not in rust-minidump's schema. Annotations are public if the catalog makes those of that name public. */
const crashpadInfo = {
  object: {
    client_id: { protected: 'string' },
    modules: { list: crashpadModule },
    report_id: { protected: 'string' },
    simple_annotations: namedAnnotations,
  },
} as const satisfies Shape

/** Keys are in alphabetical order, here and in the JSON text. */
export const stackwalk = {
  object: {
    crash_info: crashInfo,
    /** A copy of one of `threads`; absent when no thread crashed or requested the dump, or it has no frames. */
    crashing_thread: { optional: { object: { ...thread, threads_index: 'int' } } },
    /** Annotations that Crashpad wrote into the dump; absent without any. */
    crashpad_info: { optional: crashpadInfo },
    handles: { protected: { nullable: { list: handle } } },
    linux_memory_map_count: { protected: 'int?' },
    lsb_release: { nullable: lsbRelease },
    mac_boot_args: { protected: 'string?' },
    mac_crash_info: { nullable: { object: { num_records: 'int', records: { list: macRecord } } } },
    /** Index into `modules`: always 0. */
    main_module: 'int',
    modules: { list: module },
    modules_contains_cert_info: 'bool',
    pid: 'int?',
    proc_limits: { protected: { nullable: { object: { limits: { list: limit } } } } },
    /** Seconds. */
    process_uptime: { protected: 'int?' },
    soft_errors: { protected: 'json' },
    /** `OK`. */
    status: 'string',
    system_info: {
      object: {
        cpu_arch: 'string',
        cpu_count: 'int',
        cpu_info: 'string?',
        cpu_microcode_version: 'string?',
        os: 'string',
        os_ver: 'string?',
      },
    },
    thread_count: 'int',
    threads: { list: { object: thread } },
    unloaded_modules: { list: unloadedModule },
  },
} as const satisfies Shape

/** The stored part of an additional minidump of the report. */
export const otherDump = {
  object: {
    json_dump: stackwalk,
    mdsw_return_code: { protected: 'int' },
    mdsw_status_string: 'string',
    mdsw_stderr: { protected: 'string' },
    stackwalk_version: 'string',
    success: 'bool',
  },
} as const satisfies Shape

export type StackwalkOutput = ValueOf<typeof stackwalk>
export type CrashInfo = ValueOf<typeof crashInfo>
export type OutputFrame = ValueOf<typeof frame>
export type OutputThread = ValueOf<{ readonly object: typeof thread }>
export type OutputModule = ValueOf<typeof module>
export type OutputMacRecord = ValueOf<typeof macRecord>

/** The output as read from a processed crash. */
export type StoredDump = Stored<StackwalkOutput>
export type StoredFrame = Stored<OutputFrame>
export type StoredThread = Stored<OutputThread>
export type StoredModule = Stored<OutputModule>
export type StoredUnloadedModule = Stored<ValueOf<typeof unloadedModule>>
export type StoredCrashInfo = Stored<CrashInfo>
export type StoredCrashpad = Stored<ValueOf<typeof crashpadInfo>>
