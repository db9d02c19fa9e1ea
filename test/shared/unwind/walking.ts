// Builds a thread to walk from words: registers by name, a stack, modules with the text of their symbols.
import { createModuleList, type ModuleRecord } from '../../../shared/minidump/modules.ts'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import { type SymbolTable, tableOfSymFile } from '../../../shared/symbols/symdex/symbol-table.ts'
import { cpus } from '../../../shared/unwind/cpus.ts'
import type { Frame, Registers } from '../../../shared/unwind/frame.ts'
import { createStackMemory } from '../../../shared/unwind/stack-memory.ts'
import { advanceWalk, startWalk } from '../../../shared/unwind/unwind.ts'
import { type Word, wordOf } from '../../../shared/unwind/word.ts'

export interface Scene {
  cpu: 'x86' | 'amd64' | 'arm' | 'arm64'
  os?: string
  registers: Record<string, bigint>
  stackBase: bigint
  /** Words of the stack from its base; a string names the address of the word with that label. */
  words: (bigint | string | { label: string; word: bigint | string })[]
  modules: { base: bigint; size?: number; symbols?: string | null }[]
  maxFrames?: number
}

export interface WalkedFrame {
  trust: string
  instruction: bigint
  /** Known registers by name. */
  registers: Record<string, bigint>
  function: string | null
}

/** The address of the word with a label. */
export function addressOf(scene: Scene, label: string): bigint {
  const index = scene.words.findIndex((word) => typeof word === 'object' && word.label === label)
  return scene.stackBase + BigInt(index * cpus[scene.cpu]!.wordSize)
}

export function walkScene(scene: Scene): WalkedFrame[] {
  const cpu = cpus[scene.cpu]!
  const tables = scene.modules.map(({ symbols }): SymbolTable | null =>
    symbols === undefined || symbols === null
      ? null
      : tableOfSymFile(parseSymFile(new TextEncoder().encode(symbols), { strict: true })),
  )
  const list = scene.modules.map(({ base, size = 0x10000 }) => ({ base, size }) as ModuleRecord)
  const registers: Registers = cpu.names.map((name) => wordOf(scene.registers[name] ?? 0n))
  const walk = startWalk({
    cpu,
    os: scene.os ?? 'linux',
    stack: createStackMemory(wordOf(scene.stackBase), stackBytes(scene, cpu.wordSize), true),
    modules: createModuleList(list),
    bases: list.map(({ base }) => wordOf(base)),
    symbols: (module) => tables[module]!,
    maxFrames: scene.maxFrames ?? 1000,
    registers,
  })
  if (advanceWalk(walk)) throw new Error('All symbols are loaded, yet the walk requests some')
  return walk.frames.map((frame) => describeFrame(frame, cpu.names))
}

function stackBytes(scene: Scene, size: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(scene.words.length * size))
  for (const [i, item] of scene.words.entries()) {
    const word = typeof item === 'object' ? item.word : item
    const value = typeof word === 'string' ? addressOf(scene, word) : word
    if (size === 4) view.setUint32(i * 4, Number(value), true)
    else view.setBigUint64(i * 8, value, true)
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
