// Registers of a frame, all or some of them unknown.
import type { Registers } from './frame.ts'
import type { Word } from './word.ts'

/** `count` registers, unknown except those given. */
export function registersOf(
  count: number,
  known: ReadonlyArray<readonly [index: number, value: Word | null]>,
): Registers {
  const registers: Registers = new Array<Word | null>(count).fill(null)
  for (const [index, value] of known) registers[index] = value
  return registers
}

/** Register indexes by name and alias. */
export function indexesByName(
  names: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, number> {
  const indexes = new Map(names.map((name, index) => [name, index]))
  for (const [alias, name] of Object.entries(aliases)) indexes.set(alias, indexes.get(name)!)
  return indexes
}
