// Mutants of the programs of test/fixtures/debug-files: symbols, or a DamagedError, in time and size proportional to the file.
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { groupModules, readModule } from '../../../shared/debug-files/debug-file.ts'
import { DamagedError } from '../../../shared/debug-files/module-symbols.ts'
import { symText } from '../../../shared/debug-files/sym-text.ts'
import { debugFileBytes, openAll } from '../../support/debug-programs.ts'
import { createRandom, mutate } from '../../support/mutate.ts'

vi.setConfig({ testTimeout: 900_000 })

const folder = resolve(import.meta.dirname, '../../fixtures/debug-files/bin')
const names = readdirSync(folder).map((file) => file.replace(/\.gz$/, ''))

/** Mutants of all files together. */
const allRuns = Number(process.env.FUZZ_RUNS || (process.env.CI ? 200_000 : 20_000))

/** Files that take less than the others get more mutants. */
const weights: readonly [pattern: RegExp, weight: number][] = [
  [/-zstd$/, 1],
  [/^ring-|x64\.(exe|pdb)$|x86\.(exe|pdb)$|^libtree-(arm64|x86_64)\.dylib$/, 6],
]
const weightOf = (name: string) => weights.find(([pattern]) => pattern.test(name))?.[1] ?? 3
const allWeights = names.reduce((sum, name) => sum + weightOf(name), 0)
const runsOf = (name: string) => Math.ceil((allRuns * weightOf(name)) / allWeights)

const isWindowsOrMac = (name: string) => /\.(exe|pdb|dylib|dSYM)$/.test(name)

/** Bytes of all symbol files; -1 for a refusal. */
async function sizeOfSymbols(path: string, bytes: Uint8Array): Promise<number> {
  try {
    let size = 0
    for (const files of groupModules(openAll([{ path, bytes }])))
      for (const chunk of symText(await readModule(files))) size += chunk.length
    return size
  } catch (error) {
    if (error instanceof DamagedError) return -1
    throw error
  }
}

/** The tests for the files of some systems; each half runs in a process of its own. */
export function fuzzDebugFiles(systems: 'ELF' | 'PE, PDB, Mach-O'): void {
  const chosen = names.filter((name) => isWindowsOrMac(name) === (systems !== 'ELF'))
  describe.each(chosen)('%s', (name) => {
    test('with damage is read in part, or refused', async () => {
      for (const { path, bytes } of debugFileBytes(name)) {
        const whole = await sizeOfSymbols(path, bytes)
        expect(whole).toBeGreaterThan(0)
        const random = createRandom(bytes.length)
        let [used, largest] = [0, 0]
        for (let run = 0; run < runsOf(name); run++) {
          const size = await sizeOfSymbols(path, mutate(bytes, random))
          largest = Math.max(largest, size)
          if (size > 0) used++
        }
        expect(largest).toBeLessThan(20 * whole + 64 * bytes.length)
        expect(used).toBeGreaterThan(0)
      }
    })
  })
}
