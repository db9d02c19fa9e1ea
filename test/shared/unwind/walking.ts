// Builds a thread to walk from words: registers by name, a stack, modules with the text of their symbols.
import type { KnownCpu } from '../../../shared/minidump/context.ts'
import type { LinuxMapping } from '../../../shared/minidump/linux.ts'
import { createMappedMemory } from '../../../shared/minidump/memory/permissions.ts'
import type { Minidump } from '../../../shared/minidump/minidump.ts'
import { createModuleList, type ModuleRecord } from '../../../shared/minidump/modules.ts'
import { addressSpaceOf } from '../../../shared/stackwalk/address-space.ts'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import { type SymbolTable, tableOfSymFile } from '../../../shared/symbols/symdex/symbol-table.ts'
import { cpus } from '../../../shared/unwind/cpus/cpus.ts'
import type { Frame, Registers } from '../../../shared/unwind/frame.ts'
import { createStackMemory } from '../../../shared/unwind/stack-memory.ts'
import { advanceWalk, startWalk } from '../../../shared/unwind/unwind.ts'
import { type Word, wordOf } from '../../../shared/unwind/word.ts'

export interface Scene {
  cpu: KnownCpu
  os?: string
  registers: Record<string, bigint>
  stackBase: bigint
  /** Words of the stack from its base; a string names the address of the word with that label. */
  words: (bigint | string | { label: string; word: bigint | string })[]
  modules: { base: bigint; size?: number; symbols?: string | null }[]
  maxFrames?: number
  /** The memory map: ranges with both ends inclusive. */
  mapped?: { start: bigint; last: bigint; executable: boolean }[]
  littleEndian?: boolean
}

export interface WalkedFrame {
  trust: string
  instruction: bigint
  /** Known registers by name. */
  registers: Record<string, bigint>
  function: string | null
}

/** Bytes of a word on the stack; SPARC's registers are wider than the windows saved there. */
const wordSize = (cpu: KnownCpu) => (cpu === 'sparc' ? 4 : cpus[cpu].wordSize)

/** The address of the word with a label. */
export function addressOf(scene: Scene, label: string): bigint {
  const index = scene.words.findIndex((word) => typeof word === 'object' && word.label === label)
  return scene.stackBase + BigInt(index * wordSize(scene.cpu))
}

export function walkScene(scene: Scene): WalkedFrame[] {
  const cpu = cpus[scene.cpu]
  const tables = scene.modules.map(({ symbols }): SymbolTable | null =>
    symbols === undefined || symbols === null
      ? null
      : tableOfSymFile(parseSymFile(new TextEncoder().encode(symbols), { strict: true })),
  )
  const list = scene.modules.map(({ base, size = 0x10000 }) => ({ base, size }) as ModuleRecord)
  const modules = createModuleList(list)
  const os = scene.os ?? 'linux'
  const mapped = createMappedMemory(null, (scene.mapped ?? null) as LinuxMapping[] | null)
  const parts = { systemInfo: { os }, modules, memory: { regions: [] }, threads: [], mappedMemory: mapped }
  const littleEndian = scene.littleEndian ?? true
  const registers: Registers = cpu.names.map((name) => wordOf(scene.registers[name] ?? 0n))
  const walk = startWalk({
    cpu,
    os,
    stack: createStackMemory(wordOf(scene.stackBase), stackBytes(scene, littleEndian), littleEndian),
    modules,
    bases: list.map(({ base }) => wordOf(base)),
    symbols: (module) => tables[module]!,
    space: addressSpaceOf(parts as unknown as Minidump),
    maxFrames: scene.maxFrames ?? 1000,
    registers,
  })
  if (advanceWalk(walk)) throw new Error('All symbols are loaded, yet the walk requests some')
  return walk.frames.map((frame) => describeFrame(frame, cpu.names))
}

function stackBytes(scene: Scene, littleEndian: boolean): Uint8Array {
  const size = wordSize(scene.cpu)
  const view = new DataView(new ArrayBuffer(scene.words.length * size))
  for (const [i, item] of scene.words.entries()) {
    const word = typeof item === 'object' ? item.word : item
    const value = typeof word === 'string' ? addressOf(scene, word) : word
    if (size === 4) view.setUint32(i * 4, Number(value), littleEndian)
    else view.setBigUint64(i * 8, value, littleEndian)
  }
  return new Uint8Array(view.buffer)
}

function describeFrame(
  { trust, instruction, registers, symbol }: Frame,
  names: readonly string[],
): WalkedFrame {
  const known = names.flatMap((name, i): [string, bigint][] => {
    const value: Word | null | undefined = registers[i]
    return value === null || value === undefined ? [] : [[name, BigInt(value)]]
  })
  return {
    trust,
    instruction: BigInt(instruction),
    registers: Object.fromEntries(known),
    function: symbol?.function ?? null,
  }
}
