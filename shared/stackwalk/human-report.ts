// A walked dump as human-readable text, in the form of rust-minidump's report.

import { ascending } from '../text/ascending.ts'
import { baseName } from '../text/base-name.ts'
import { readableName } from '../demangle/demangle.ts'
import type { CrashInfo, OutputMacRecord, StackwalkOutput } from '../fields/stackwalk.ts'
import { analyzeCrash } from '../minidump/analysis/analysis.ts'
import type { Inconsistency } from '../minidump/analysis/inconsistencies.ts'
import { isKnownStream, streamTypes, streamVendor } from '../minidump/format.ts'
import type { Minidump, StreamEntry } from '../minidump/minidump.ts'
import type { UnloadedModule } from '../minidump/modules.ts'
import type { Frame } from '../unwind/frame.ts'
import { hexWord } from '../unwind/word.ts'
import { outputOf } from './output.ts'
import type { WalkedDump, WalkedThread } from './walked-dump.ts'

const foundBy = {
  context: 'given as instruction pointer in context',
  cfi: 'call frame info',
  frame_pointer: "previous frame's frame pointer",
  scan: 'stack scanning',
} as const

/** `brief` stops after the crashing thread. Ends with a newline. */
export function humanReport(walked: WalkedDump, options: { brief?: boolean } = {}): string {
  const output = outputOf(walked)
  const lines = [...systemLines(output), ...crashLines(walked.dump, output), ...processLines(output)]
  // One by one: a stack can have more lines than a call can take arguments.
  const add = (more: readonly string[]) => {
    for (const line of more) lines.push(line)
  }
  const requesting = walked.requestingThread
  if (requesting !== null) {
    const state = output.crash_info.type === null ? 'requested dump, did not crash' : 'crashed'
    lines.push(threadTitle(walked.threads[requesting]!, requesting, ` (${state})`))
    add(threadLines(walked, walked.threads[requesting]!))
    lines.push('')
  }
  if (options.brief) return `${lines.join('\n')}\n`
  for (const [index, walk] of walked.threads.entries()) {
    if (index === requesting || walk.end === 'dump-writer') continue
    lines.push(threadTitle(walk, index, ''))
    add(threadLines(walked, walk))
  }
  add(moduleLines(walked))
  add(unloadedLines(walked))
  add(streamLines(walked.dump))
  add(softErrorLines(output))
  return `${lines.join('\n')}\n`
}

function systemLines({ system_info: system, lsb_release: lsb }: StackwalkOutput): string[] {
  const lines = [`Operating system: ${system.os}`]
  if (system.os_ver !== null) lines.push(`                  ${system.os_ver}`)
  lines.push(`CPU: ${system.cpu_arch}`)
  if (system.cpu_info !== null) lines.push(`     ${system.cpu_info}`)
  lines.push(`     ${system.cpu_count} CPU${system.cpu_count > 1 ? 's' : ''}`)
  if (lsb) lines.push(`Linux ${lsb.id} ${lsb.release} - ${lsb.codename} (${lsb.description})`)
  return [...lines, '']
}

function crashLines(dump: Minidump, { crash_info: crash }: StackwalkOutput): string[] {
  if (crash.type === null) return ['No crash']
  const lines = [`Crash reason:  ${crash.type}`]
  const adjusted = crash.adjusted_address
  lines.push(`Crash address: ${crash.address}${adjusted ? ' **' : ''}`)
  if (adjusted?.kind === 'non-canonical') {
    lines.push(`    ** Non-canonical address detected: ${adjusted.address}`)
  } else if (adjusted) lines.push(`    ** Null pointer detected with offset: ${adjusted.offset}`)
  if (crash.instruction !== null) lines.push(`Crashing instruction: \`${crash.instruction}\``)
  const continues = analyzeCrash(dump)?.instructionPointerUpdate === 'none'
  return [...lines, ...accessLines(crash, continues), ...flipLines(crash)]
}

const guardPage = '     This address falls in a likely guard page.'

/** @param continues the next instruction is known to be the following one */
function accessLines({ memory_accesses: accesses, ...crash }: CrashInfo, continues: boolean): string[] {
  const lines: string[] = []
  if (accesses) {
    lines.push(accesses.length ? 'Memory accessed by instruction:' : 'No memory accessed by instruction')
    for (const [index, access] of accesses.entries()) {
      lines.push(`  ${index}. Address: ${access.address}`, `     Size: ${access.size ?? 'Unknown'}`)
      if (access.is_likely_guard_page) lines.push(guardPage)
      if (access.access_type) lines.push(`     Access type: ${accessNames.get(access.access_type)}`)
    }
  }
  const update = crash.instruction_pointer_update
  if (update) {
    lines.push('Instruction pointer update done by instruction:', `  Address: ${update.address}`)
    if (update.is_likely_guard_page) lines.push(guardPage)
  } else if (continues) lines.push('No instruction pointer update by instruction')
  return lines
}

const accessNames = new Map([
  ['read', 'Read'],
  ['write', 'Write'],
  ['readwrite', 'ReadWrite'],
])

function flipLines(crash: CrashInfo): string[] {
  const lines: string[] = []
  const flips = [...(crash.possible_bit_flips ?? [])].sort(
    (a, b) => (b.confidence ?? 0) - (a.confidence ?? 0) || ascending(a.address, b.address),
  )
  if (flips.length) lines.push('Crashing address may be the result of a flipped bit:')
  for (const [index, flip] of flips.entries()) {
    const register = flip.source_register === null ? '' : `${flip.source_register}=`
    lines.push(
      `  ${index}. Valid address: ${register}${flip.address} (${threeDecimals(flip.confidence ?? 0)})`,
    )
  }
  if (crash.crash_inconsistencies?.length) {
    lines.push(
      'Crash is inconsistent:',
      ...crash.crash_inconsistencies.map((name) => `  ${inconsistencies[name as Inconsistency]}`),
    )
  }
  return lines
}

/** Rounds half to even. */
function threeDecimals(value: number): string {
  const thousandths = value * 1000
  const below = Math.floor(thousandths)
  return thousandths - below === 0.5 && below % 2 === 0 ? (below / 1000).toFixed(3) : value.toFixed(3)
}

const inconsistencies: Readonly<Record<Inconsistency, string>> = {
  int_div_by_zero_not_possible:
    'Crash reason is an integer division by zero but the crashing instruction is not a division',
  priv_instruction_crash_without_priv_instruction:
    'Crash reason is a privileged instruction but crashing instruction is not a privileged one',
  non_canonical_address_falsely_reported:
    'Crash address is reported as a non-canonical x86-64 address but the actual address is a canonical one',
  access_violation_when_access_allowed: 'Crash reason is access violation exception but access is allowed',
  crashing_access_not_found_in_memory_accesses:
    'Crash address not found among the memory accesses of the crashing instruction',
}

function processLines(output: StackwalkOutput): string[] {
  const lines: string[] = []
  if (output.mac_crash_info) {
    lines.push('Mac Crash Info:')
    for (const [index, record] of output.mac_crash_info.records.entries()) {
      lines.push(`  Record ${index}`, ...macLines(record))
    }
    lines.push('')
  }
  if (output.mac_boot_args !== null) lines.push(`Mac Boot Args: ${output.mac_boot_args}`, '')
  const uptime = output.process_uptime
  lines.push(`Process uptime: ${uptime === null ? 'not available' : `${uptime} seconds`}`, '')
  if (output.linux_memory_map_count !== null) {
    lines.push(`Linux memory map count: ${output.linux_memory_map_count}`, '')
  }
  return lines
}

const macNames = {
  thread: 'thread',
  dialog_mode: 'dialog mode',
  abort_cause: 'abort_cause',
  module: 'module',
  message: 'message',
  signature_string: 'signature string',
  backtrace: 'backtrace',
  message2: 'message2',
} as const satisfies Record<keyof OutputMacRecord, string>

const macLines = (record: OutputMacRecord): string[] =>
  (Object.keys(macNames) as (keyof OutputMacRecord)[])
    .filter((key) => record[key] !== null)
    .map(
      (key) => `    ${macNames[key]}: ${macNumbers.has(key) ? shortHex(BigInt(record[key]!)) : record[key]}`,
    )

const macNumbers: ReadonlySet<string> = new Set(['thread', 'dialog_mode', 'abort_cause'])

const threadTitle = ({ thread, end }: WalkedThread, index: number, state: string) =>
  `Thread ${index} ${(end === 'dump-writer' ? null : thread.name) ?? ''}${state} - tid: ${thread.id}`

function threadLines(walked: WalkedDump, walk: WalkedThread): string[] {
  if (walk.frames.length === 0) return ['<no frames>']
  const lines: string[] = []
  let number = 0
  const next = () => String(number++).padStart(2)
  for (const frame of walk.frames) {
    const module = moduleName(walked.dump, frame)
    for (const inline of frame.symbol?.inlines ?? []) {
      const at =
        inline.file !== null && inline.line !== null ? ` [${baseName(inline.file)} : ${inline.line}]` : ''
      lines.push(`${next()}  ${module}!${readableName(inline.function)}${at}`, '    Found by: inlining')
    }
    lines.push(`${next()}  ${place(walked, frame, module)}`)
    lines.push(...registerLines(walk, frame), `    Found by: ${foundBy[frame.trust]}`)
  }
  return lines
}

const moduleName = (dump: Minidump, frame: Frame) =>
  frame.module < 0 ? '' : baseName(dump.modules.list[frame.module]!.codeFile)

const shortHex = (value: number | bigint) => `0x${value.toString(16)}`

function place(
  walked: WalkedDump,
  { symbol, module, moduleOffset, instruction }: Frame,
  name: string,
): string {
  if (module < 0) {
    const text = walked
      .unloadedAt(instruction)
      .map((u) => ` (unloaded ${u.module}@${u.offsets.map(shortHex).join('|')})`)
    return `${shortHex(instruction)}${text.join('')}`
  }
  if (!symbol) return `${name} + ${shortHex(moduleOffset)}`
  if (symbol.file !== null && symbol.line !== null && symbol.lineBase !== null) {
    const offset = shortHex(moduleOffset - symbol.lineBase)
    return `${name}!${readableName(symbol.function)} [${baseName(symbol.file)} : ${symbol.line} + ${offset}]`
  }
  return `${name}!${readableName(symbol.function)} + ${shortHex(moduleOffset - symbol.base)}`
}

const lineWidth = 80

/** Known registers, as many per line as fit. */
function registerLines({ cpu }: WalkedThread, { registers }: Frame): string[] {
  const lines: string[] = []
  let line = ''
  for (const [index, name] of cpu!.names.entries()) {
    const value = registers[index]
    if (value === null || value === undefined) continue
    const next = ` ${name.padStart(6)} = ${hexWord(value, cpu!.wordSize)}`
    if (line.length + next.length > lineWidth) {
      lines.push(` ${line}`)
      line = ''
    }
    line += next
  }
  return line ? [...lines, ` ${line}`] : lines
}

const range = (base: bigint, size: number) => {
  const hex = (address: bigint) => `0x${address.toString(16).padStart(8, '0')}`
  return `${hex(base)} - ${hex(base + BigInt(size) - 1n)}`
}

const byAddress = (a: UnloadedModule, b: UnloadedModule) => ascending(a.base, b.base) || a.size - b.size

function moduleLines({ dump, certificates }: WalkedDump): string[] {
  const { list, byAddress: modules } = dump.modules
  const lines = modules.map((module) => {
    const name = baseName(module.codeFile)
    const signer = certificates.get(name)
    const main = module.base === list[0]!.base ? '  (main)' : ''
    return `${range(module.base, module.size)}  ${name}  ${module.version ?? '???'}${main}${signer ? ` (${signer})` : ''}`
  })
  return ['', 'Loaded modules:', ...lines]
}

function unloadedLines({ dump, certificates }: WalkedDump): string[] {
  const lines = [...dump.unloadedModules].sort(byAddress).map((module) => {
    const name = baseName(module.codeFile)
    const signer = certificates.get(name)
    return `${range(module.base, module.size)}  ${name}${signer ? ` (${signer})` : ''}`
  })
  return ['', 'Unloaded modules:', ...lines]
}

/** Known streams whose content the report does not use. */
const unshownStreams: ReadonlySet<number> = new Set([
  ...[0, 1, 2, 8, 10, 11, 13, 18, 19, 20, 21, 22, 23, 0xffff],
  ...Array.from({ length: 13 }, (_, i) => 0x8000 + i),
  ...[streamTypes.linuxCmdLine, streamTypes.linuxAuxv, streamTypes.linuxDsoDebug],
])

/** Streams by number; of several with the same number, the last. */
function streamLines({ streams }: Minidump): string[] {
  const last = new Map(streams.map((stream) => [stream.type, stream]))
  const sorted = [...last.values()].sort((a, b) => a.type - b.type)
  const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`
  const list = (title: string, found: StreamEntry[], name: (stream: StreamEntry) => string) => {
    if (found.length === 0) return []
    const lines = found.map(
      (stream) =>
        `Stream ${hex(stream.type)} ${name(stream)}(${streamVendor(stream.type)}) @ ${hex(stream.rva)}`,
    )
    return ['', title, ...lines]
  }
  const unshown = sorted.filter(({ type }) => unshownStreams.has(type))
  const unknown = sorted.filter(({ type }) => !isKnownStream(type))
  return [
    ...list('Unimplemented streams encountered:', unshown, ({ name }) => `${name} `),
    ...list('Unknown streams encountered:', unknown, () => ''),
  ]
}

function softErrorLines({ soft_errors: errors }: StackwalkOutput): string[] {
  if (!Array.isArray(errors) || errors.length === 0) return []
  const title = 'Soft errors were encountered when minidump was written:'
  return ['', title, JSON.stringify(errors, null, 2)]
}
