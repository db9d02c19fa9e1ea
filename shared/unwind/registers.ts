// Registers of a frame by their place: all unknown, or some known.
import type { Registers } from './frame.ts'
import type { Word } from './word.ts'

/** `count` registers of which only those given are known. */
export function registersOf(
  count: number,
  known: ReadonlyArray<readonly [place: number, value: Word | null]>,
): Registers {
  const registers: Registers = new Array<Word | null>(count).fill(null)
  for (const [place, value] of known) registers[place] = value
  return registers
}

/** Places by name and alias. */
export function placesOf(
  names: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, number> {
  const places = new Map(names.map((name, place) => [name, place]))
  for (const [alias, name] of Object.entries(aliases)) places.set(alias, places.get(name)!)
  return places
}
