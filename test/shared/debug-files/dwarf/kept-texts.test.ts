// How many texts and names of DWARF are kept, so that they are read once.
import { expect, test } from 'vitest'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { Dwarf } from '../../../../shared/debug-files/dwarf/dwarf.ts'
import { FunctionNames } from '../../../../shared/debug-files/dwarf/function-names.ts'
import type { Unit } from '../../../../shared/debug-files/dwarf/unit.ts'
import { readUnits } from '../../../../shared/debug-files/dwarf/unit-reader.ts'
import { fromHex } from '../../../support/assembler.ts'

/** The DWARF of these sections, and how often an action reads one of them. */
function countedDwarf(sections: Readonly<Record<string, Uint8Array>>) {
  let reads = 0
  const debugSection = (name: string) => {
    const bytes = sections[name]
    if (!bytes) return null
    const source = sourceOfBytes(bytes)
    const read = (offset: number, length: number) => {
      reads++
      return source.read(offset, length)
    }
    return { size: source.size, read }
  }
  const image = {
    ...{ littleEndian: true, base: { high: 0, low: 0 }, arch: 'x86_64', isCode: () => true },
    addressSize: 8,
    debugSection,
  } as const
  const readsOf = (action: () => unknown) => {
    const before = reads
    action()
    return reads - before
  }
  return { dwarf: new Dwarf(image, () => undefined), readsOf }
}

test('texts are read again after 50,000 others', () => {
  const { dwarf, readsOf } = countedDwarf({ str: new Uint8Array(50_001) })
  const read = (offset: number) => dwarf.text({} as Unit, 0x0e, offset)
  for (let offset = 0; offset < 50_000; offset++) read(offset)
  expect([0, 49_999, 50_000, 50_000, 0].map((offset) => readsOf(() => read(offset)))).toEqual([0, 0, 1, 0, 1])
})

test('names of functions are read again after 20,000 others', () => {
  const { dwarf, readsOf } = countedDwarf({
    abbrev: fromHex('01 11 01 0000 02 2e 00 0308 0000 00'),
    info: fromHex('0c000000 0400 00000000 08 01 02 6600 00'),
  })
  const names = new FunctionNames(dwarf, readUnits(dwarf).units)
  expect(names.nameAt(12)).toBe('f')
  for (let other = 1; other < 20_000; other++) names.nameAt(1000 + other)
  const readsOfName = () => readsOf(() => names.nameAt(12))
  expect(readsOfName()).toBe(0)
  names.nameAt(1000)
  expect([readsOfName(), readsOfName(), names.nameAt(12)]).toEqual([1, 0, 'f'])
})
