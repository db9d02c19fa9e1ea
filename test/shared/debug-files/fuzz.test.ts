// Damaged debug files: symbols, or a DamagedError, in time and size proportional to the file.
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { groupModules, readModule } from '../../../shared/debug-files/debug-file.ts'
import { DamagedError } from '../../../shared/debug-files/module-symbols.ts'
import { symText } from '../../../shared/debug-files/sym-text.ts'
import { debugFileBytes, openAll } from '../../support/debug-programs.ts'
import { createRandom, mutate } from '../../support/mutate.ts'

const rounds = process.env.CI ? 1000 : 200
const folder = resolve(import.meta.dirname, '../../fixtures/debug-files/bin')
const names = readdirSync(folder).map((file) => file.replace(/\.gz$/, ''))

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

describe.each(names)('%s', (name) => {
  test('with damage is read in part, or refused', async () => {
    for (const { path, bytes } of debugFileBytes(name)) {
      const whole = await sizeOfSymbols(path, bytes)
      expect(whole).toBeGreaterThan(0)
      const random = createRandom(bytes.length)
      let used = 0
      for (let round = 0; round < rounds; round++) {
        const size = await sizeOfSymbols(path, mutate(bytes, random))
        expect(size, `round ${round}`).toBeLessThan(20 * whole + 64 * bytes.length)
        if (size > 0) used++
      }
      expect(used).toBeGreaterThan(0)
    }
  })
})
