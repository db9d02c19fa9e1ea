// Turns a walked dump into its JSON output (`shared/fields/stackwalk.ts`).

import { ascending } from '../text/ascending.ts'
import { baseName } from '../text/base-name.ts'
import { readableName } from '../demangle/demangle.ts'
import type {
  OutputFrame,
  OutputMacRecord,
  OutputModule,
  OutputThread,
  StackwalkOutput,
} from '../fields/stackwalk.ts'
import { microcodeOf, pidOf } from '../minidump/linux.ts'
import type { MacCrashRecord } from '../minidump/mac.ts'
import type { Minidump } from '../minidump/minidump.ts'
import type { ModuleRecord } from '../minidump/modules.ts'
import { lastErrorName } from '../minidump/reasons/reason.ts'
import { present } from '../present.ts'
import type { SymbolTable } from '../symbols/symdex/symbol-table.ts'
import type { Frame } from '../unwind/frame.ts'
import { hexWord, type Word } from '../unwind/word.ts'
import { crashInfo, type Hex } from './crash-info.ts'
import { crashpadOutput } from './crashpad-output.ts'
import type { WalkedDump, WalkedThread } from './walked-dump.ts'

/** Pointer size of the dump's processor; 8 when unknown. */
const pointerWidth = (dump: Minidump): 4 | 8 => (dump.systemInfo?.pointerSize === 4 ? 4 : 8)

/** The output of a walked dump. Keys are in alphabetical order at every level. */
export function outputOf(walked: WalkedDump): StackwalkOutput {
  const { dump } = walked
  const width = pointerWidth(dump)
  const hex: Hex = (word) => hexWord(word, width)
  const threads = walked.threads.map((thread) => threadOutput(walked, thread, hex))
  const crashing = crashingThread(walked, threads)
  return {
    crash_info: crashInfo(dump, walked.requestingThread, hex),
    ...present({ crashing_thread: crashing, crashpad_info: crashpadOutput(dump) }),
    handles:
      dump.handles?.map(({ handle, objectName, typeName }) => ({
        handle: Number(handle),
        object_name: objectName,
        type_name: typeName,
      })) ?? null,
    ...systemParts(dump, hex),
    main_module: 0,
    modules: moduleList(walked, hex),
    modules_contains_cert_info: walked.certificates.size > 0,
    ...processParts(dump),
    soft_errors: sortedJson(dump.softErrors ?? null),
    status: 'OK',
    system_info: systemInfo(walked),
    thread_count: threads.length,
    threads,
    unloaded_modules: dump.unloadedModules.map((module) => ({
      base_addr: hex(module.base),
      cert_subject: walked.certificates.get(baseName(module.codeFile)) ?? null,
      code_id: module.codeId,
      end_addr: hex(module.base + BigInt(module.size)),
      filename: baseName(module.codeFile),
    })),
  }
}

function threadOutput(walked: WalkedDump, walk: WalkedThread, hex: Hex): OutputThread {
  const { thread } = walk
  const shown = walk.end !== 'dump-writer'
  return {
    frame_count: walk.frames.length,
    frames: walk.frames.map((frame, index) => frameOutput(walked, frame, index, hex)),
    last_error_value: shown ? lastErrorName(walked.dump, thread) : null,
    thread_id: thread.id,
    thread_name: shown ? thread.name : null,
  }
}

function frameOutput(walked: WalkedDump, frame: Frame, index: number, hex: Hex): OutputFrame {
  const { symbol, module, moduleOffset } = frame
  const inlines = symbol?.inlines.map(({ file, function: name, line }) => ({
    ...demangled(name),
    file,
    function: name,
    line,
  }))
  return {
    ...(symbol && demangled(symbol.function)),
    file: symbol?.file ?? null,
    frame: index,
    function: symbol?.function ?? null,
    function_offset: symbol ? hex(moduleOffset - symbol.base) : null,
    inlines: inlines?.length ? inlines : null,
    line: symbol?.line ?? null,
    missing_symbols: !symbol,
    module: module < 0 ? null : baseName(walked.dump.modules.list[module]!.codeFile),
    module_offset: module < 0 ? null : hex(moduleOffset),
    offset: hex(frame.instruction),
    trust: frame.trust,
    unloaded_modules: module < 0 ? unloadedAt(walked, frame.instruction, hex) : null,
  }
}

function demangled(name: string): { demangled?: string } {
  const readable = readableName(name)
  return readable === name ? {} : { demangled: readable }
}

function unloadedAt(
  { unloadedAt: at }: WalkedDump,
  address: Word,
  hex: Hex,
): OutputFrame['unloaded_modules'] {
  const found = at(address)
  return found.length ? found.map(({ module, offsets }) => ({ module, offsets: offsets.map(hex) })) : null
}

function crashingThread(
  walked: WalkedDump,
  threads: OutputThread[],
): StackwalkOutput['crashing_thread'] | null {
  const index = walked.requestingThread
  if (index === null) return null
  const { frames, ...thread } = threads[index]!
  const [first, ...callers] = frames
  const { cpu, frames: walkedFrames } = walked.threads[index]!
  if (!first || !cpu) return null
  const width = cpu.wordSize
  const registers = walkedFrames[0]!.registers
  const named = [...cpu.names].sort().map((name) => {
    return [name, hexWord(registers[cpu.indexes.get(name)!]!, width)] as const
  })
  const { trust, unloaded_modules, ...rest } = first
  return {
    frame_count: thread.frame_count,
    frames: [{ ...rest, registers: Object.fromEntries(named), trust, unloaded_modules }, ...callers],
    last_error_value: thread.last_error_value,
    thread_id: thread.thread_id,
    thread_name: thread.thread_name,
    threads_index: index,
  }
}

function systemParts(dump: Minidump, hex: Hex) {
  const lsb = dump.linuxLsbRelease
  const mac = dump.macCrashInfo
  return {
    linux_memory_map_count: dump.linuxMaps?.length ?? null,
    lsb_release: lsb && {
      codename: lsb.codename,
      description: lsb.description,
      id: lsb.id,
      release: lsb.release,
    },
    mac_boot_args: dump.macBootArgs,
    mac_crash_info: mac && { num_records: mac.length, records: mac.map((record) => macRecord(record, hex)) },
  }
}

function macRecord(record: MacCrashRecord, hex: Hex): OutputMacRecord {
  const hexOrNull = (value: bigint | null) => (value === null ? null : hex(value))
  return {
    abort_cause: hexOrNull(record.abortCause),
    backtrace: record.backtrace,
    dialog_mode: hexOrNull(record.dialogMode),
    message: record.message,
    message2: record.message2,
    module: record.modulePath && baseName(record.modulePath),
    signature_string: record.signature,
    thread: hexOrNull(record.thread),
  }
}

function processParts({ miscInfo, linuxProcStatus, linuxLimits, header }: Minidump) {
  const created = miscInfo?.createTime ?? null
  const pid = miscInfo ? miscInfo.processId : linuxProcStatus === null ? null : pidOf(linuxProcStatus)
  const limits = linuxLimits?.map(({ hard, name, soft, unit }) => ({ hard, name, soft, unit }))
  return {
    pid,
    proc_limits: limits ? { limits } : null,
    process_uptime: created === null ? null : Math.max(0, header.time - created),
  }
}

function systemInfo({ dump, microcode }: WalkedDump): StackwalkOutput['system_info'] {
  const system = dump.systemInfo!
  const version = (dump.linuxCpuInfo === null ? null : microcodeOf(dump.linuxCpuInfo)) ?? microcode
  return {
    cpu_arch: system.cpu,
    cpu_count: system.cpuCount,
    cpu_info: system.cpuInfo,
    cpu_microcode_version: version === null ? null : `0x${version.toString(16)}`,
    os: system.osLabel,
    os_ver: system.osVer,
  }
}

function moduleList(walked: WalkedDump, hex: Hex): OutputModule[] {
  const byName = new Map<string, SymbolTable | null>()
  for (const [index, { table }] of walked.symbols) {
    const name = baseName(walked.dump.modules.list[index]!.codeFile)
    byName.set(name, byName.get(name) ?? table)
  }
  return walked.dump.modules.list.map((module) => {
    const name = baseName(module.codeFile)
    return moduleOutput(module, byName.get(name), walked.certificates.get(name) ?? null, hex)
  })
}

/** `table` is undefined when no symbols were requested for modules of that name. */
function moduleOutput(
  module: ModuleRecord,
  table: SymbolTable | null | undefined,
  certificate: string | null,
  hex: Hex,
): OutputModule {
  const identity = table?.identity
  return {
    base_addr: hex(module.base),
    cert_subject: certificate,
    code_id: module.codeId ?? '',
    corrupt_symbols: table?.corrupt ?? false,
    debug_file: baseName(identity?.debugFile ?? module.debugFile ?? ''),
    debug_id: identity?.debugId ?? module.debugId ?? '0'.repeat(33),
    end_addr: hex(module.base + BigInt(module.size)),
    filename: baseName(module.codeFile),
    loaded_symbols: Boolean(table),
    missing_symbols: table === null || Boolean(table?.info.lacks),
    symbol_url: table?.info.url ?? null,
    version: module.version,
  }
}

/** The same JSON value with the keys of all objects sorted. */
function sortedJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedJson)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => ascending(a, b))
  return Object.fromEntries(entries.map(([key, item]) => [key, sortedJson(item)]))
}

/** One line of JSON, keys sorted; `pretty` indents by two spaces. Deterministic. */
export function toJson(output: StackwalkOutput, options: { pretty?: boolean } = {}): string {
  return JSON.stringify(output, null, options.pretty ? 2 : undefined)
}
