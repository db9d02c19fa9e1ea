// ELF programs without any symbol: what is left to find code by.
import { describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { groupModules, openDebugFile, readModule } from '../../../../shared/debug-files/debug-file.ts'
import { debugFileBytes } from '../../../support/debug-programs.ts'

const [symbolTable, dynamicSymbols, contents] = [2, 11, 1]

/** A program of 64 bits, of which the headers of sections with these types are cleared. */
function without(name: string, types: readonly number[]): Uint8Array {
  const bytes = debugFileBytes(name)[0]!.bytes.slice()
  const view = new DataView(bytes.buffer)
  const at = Number(view.getBigUint64(40, true))
  for (let i = 0; i < view.getUint16(60, true); i++) {
    const header = at + i * view.getUint16(58, true)
    const isCode = (view.getUint32(header + 8, true) & 4) !== 0
    if (types.includes(view.getUint32(header + 4, true)) && !isCode) view.setUint32(header + 4, 8, true)
  }
  return bytes
}

async function symbolsOf(bytes: Uint8Array) {
  const [module] = groupModules(openDebugFile('ring', sourceOfBytes(bytes)))
  const { publics, functions, cfi } = await readModule(module!)
  return { names: publics.map(({ name }) => name), functions: functions.rows, hasRules: cfi.rows > 0 }
}

describe('a program without symbols', () => {
  test('has unwind rules, and no names', async () => {
    const symbols = await symbolsOf(without('ring-gcc-O3-g0', [symbolTable, dynamicSymbols]))
    expect(symbols).toEqual({ names: [], functions: 0, hasRules: true })
  })

  test('names its sections with code when it has no unwind rules either', async () => {
    const symbols = await symbolsOf(without('ring-gcc-O3-g0', [symbolTable, dynamicSymbols, contents]))
    expect(symbols).toEqual({
      names: expect.arrayContaining(['<.text ELF section in ring>']),
      functions: 0,
      hasRules: false,
    })
  })
})
