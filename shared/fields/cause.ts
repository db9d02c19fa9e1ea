// Fields of the cause: exception, crashing thread, process, communication between processes.
import type { FieldRow } from './field.ts'
import {
  protectedKeyword,
  protectedText,
  publicEnum,
  publicFlag,
  publicInt,
  publicKeyword,
  publicList,
  publicText,
} from './kinds.ts'
import { otherDump, stackwalk } from './stackwalk.ts'
import { breadcrumbs, javaException } from './shapes.ts'

export const causeFields = {
  address: {
    ...publicKeyword,
    description: 'Crash address in hex; corrected for null and non-canonical addresses.',
  },
  reason: { ...publicText, description: 'Kind of exception, as named by the operating system.' },
  crashing_thread: { ...publicInt, column: { type: 'int32' }, description: 'Index of the crashing thread.' },
  crashing_thread_name: { ...publicKeyword, description: 'Name of the crashing thread.' },
  last_error_value: {
    ...publicKeyword,
    label: 'Last error',
    description: 'Last error of the crashing thread on Windows.',
  },
  thread_count: {
    ...publicInt,
    label: 'Threads',
    column: { type: 'int32' },
    description: 'Number of threads of the process.',
  },
  crash_inconsistencies: {
    ...publicList,
    label: 'Inconsistencies',
    description: 'Contradictions between reason, address, instruction and memory.',
  },
  possible_bit_flips_max_confidence: {
    ...publicInt,
    label: 'Bit-flip confidence',
    column: { type: 'int32' },
    description: 'Confidence that a flipped bit caused the crash, 0 to 100.',
  },
  has_guard_page_access: {
    shape: 'bool',
    search: 'bool',
    description: 'The crashing instruction accessed a likely guard page.',
  },
  abort_message: {
    ...publicText,
    annotation: 'AbortMessage',
    description: 'Message passed to the abort function.',
  },
  moz_crash_reason: {
    ...publicText,
    label: 'Assertion',
    description: 'Text of the failed assertion, unless it may contain user data.',
  },
  moz_crash_reason_raw: { ...protectedText, description: 'Text of the failed assertion, as sent.' },
  topmost_filenames: { ...publicText, description: "First source file on the crashing thread's stack." },
  modules_in_stack: {
    ...publicText,
    description: "Modules on the crashing thread's stack as file/debug ID, joined by semicolons.",
  },
  missing_symbols: {
    ...publicText,
    description: 'Modules without symbols as file/version/debug ID/code ID, joined by semicolons.',
  },
  json_dump: {
    shape: stackwalk,
    access: 'public',
    source: 'stackwalker',
    description: 'Stack walk of the main minidump: threads with frames, modules, system, cause.',
  },
  upload_file_minidump_browser: {
    shape: otherDump,
    access: 'public',
    source: 'stackwalker',
    description: "Stack walk of the parent process's minidump, when a child process crashed.",
  },
  dumper_error: {
    ...protectedText,
    annotation: 'DumperError',
    description: 'Parts that the writer of the minidump could not write.',
  },
  soft_errors: {
    ...protectedKeyword,
    description: 'Soft errors of the writer of the minidump, as JSON, at most 4096 characters.',
  },
  windows_error_reporting: {
    ...publicFlag,
    annotation: 'WindowsErrorReporting',
    description: "Reported by Windows Error Reporting instead of the program's own handler.",
  },
  process_type: { ...publicEnum, description: 'Process type: parent, content, gpu and so on.' },
  remote_type: {
    shape: 'string',
    search: 'enum',
    annotation: 'RemoteType',
    description: 'Purpose of a content process.',
  },
  utility_actors_name: { ...publicList, description: 'Actors in a utility process.' },
  utility_process_sandboxing_kind: {
    ...publicInt,
    annotation: 'UtilityProcessSandboxingKind',
    description: 'Sandbox of a utility process.',
  },
  hang: { ...publicEnum, annotation: 'Hang', description: 'ui or shutdown, for a hang.' },
  async_shutdown_timeout: {
    ...publicText,
    annotation: 'AsyncShutdownTimeout',
    description: 'What blocked the shutdown of the program, as JSON.',
  },
  quota_manager_shutdown_timeout: {
    ...publicText,
    annotation: 'QuotaManagerShutdownTimeout',
    description: 'Storage clients that blocked the shutdown.',
  },
  shutdown_progress: { ...publicText, annotation: 'ShutdownProgress', description: 'Phase of the shutdown.' },
  shutdown_reason: {
    ...publicEnum,
    annotation: 'ShutdownReason',
    description: 'Why the program was shutting down.',
  },
  xpcom_spin_event_loop_stack: {
    ...publicKeyword,
    annotation: 'XPCOMSpinEventLoopStack',
    description: 'Nested event loops, outermost first.',
  },
  is_garbage_collecting: {
    ...publicFlag,
    label: 'Collecting garbage',
    annotation: 'IsGarbageCollecting',
    description: 'The JavaScript engine was collecting garbage.',
  },
  ipc_channel_error: {
    ...publicText,
    annotation: 'ipc_channel_error',
    description: 'Why a channel between processes was closed; its presence marks a hang.',
  },
  ipc_fatal_error_msg: {
    ...publicText,
    annotation: 'IPCFatalErrorMsg',
    description: 'Fatal error on a channel between processes.',
  },
  ipc_fatal_error_protocol: {
    ...publicText,
    annotation: 'IPCFatalErrorProtocol',
    description: 'Protocol of that error.',
  },
  ipc_message_name: {
    ...publicText,
    annotation: 'IPCMessageName',
    description: 'Name of the message between processes.',
  },
  ipc_message_size: {
    ...publicInt,
    annotation: 'IPCMessageSize',
    description: 'Size of a too large message, in bytes.',
  },
  ipc_shutdown_state: {
    ...publicEnum,
    annotation: 'IPCShutdownState',
    description: 'Progress of the shutdown of a child process.',
  },
  ipc_system_error: {
    ...publicInt,
    annotation: 'IPCSystemError',
    description: 'Last error of the operating system during communication between processes.',
  },
  co_marshal_interface_failure: {
    ...publicText,
    annotation: 'CoMarshalInterfaceFailure',
    description: 'Why a COM interface could not be marshaled.',
  },
  co_unmarshal_interface_result: {
    ...publicKeyword,
    annotation: 'CoUnmarshalInterfaceResult',
    description: 'Result of unmarshaling a COM interface, in hex.',
  },
  java_exception: {
    shape: { sent: javaException },
    access: 'public',
    annotation: 'JavaException',
    description: 'Chain of Java exceptions.',
  },
  java_stack_trace: {
    ...publicText,
    label: 'Java stack',
    description: 'Java stack without messages and causes; malformed when it cannot be parsed.',
  },
  java_stack_trace_raw: { ...protectedText, description: 'Java stack as sent.' },
  breadcrumbs: { shape: breadcrumbs, description: 'Events before the crash.' },
} as const satisfies Readonly<Record<string, FieldRow>>
