// A Linux dump with one thread whose stack holds two return addresses into one module, and symbols for it.
import type { SymbolSource } from '../../shared/symbols/sources/symbol-source.ts'
import { parseSymFile } from '../../shared/symbols/sym/parse.ts'
import { tableOfSymFile } from '../../shared/symbols/symdex/symbol-table.ts'
import { elfBuildId, type SynthDump } from './synth-minidump.ts'

export const words = (...values: bigint[]) => new Uint8Array(BigUint64Array.from(values).buffer)
export const stackBase = 0x7ffe_0000_1000n
export const appModule = {
  base: 0x40_0000,
  size: 0x1_0000,
  name: '/bin/app',
  codeView: elfBuildId(Uint8Array.of(...Array(16).keys())),
}
export const linuxStack: SynthDump = {
  system: { cpu: 'amd64', os: 'linux' },
  modules: [appModule],
  threads: [
    {
      id: 7,
      stack: { base: stackBase, bytes: words(0n, 0x40_0500n, 0n, 0x40_0600n, 0n) },
      registers: { rip: 0x40_0100, rsp: stackBase, rbp: 0 },
    },
  ],
}

/** The table of a symbol file's text. */
export const symbolTable = (text: string) => tableOfSymFile(parseSymFile(new TextEncoder().encode(text)))

/** A source that has this symbol file for every module. */
export const symbolText = (text: string): SymbolSource => ({ load: async () => symbolTable(text) })
