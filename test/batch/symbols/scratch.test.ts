import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeScratch } from '../../../batch/symbols/local-symbols.ts'

test('the scratch folder is deleted with what is in it', async () => {
  let path: string
  {
    await using scratch = await makeScratch()
    path = scratch.path
    writeFileSync(join(path, 'file'), 'x')
  }
  expect(existsSync(path)).toBe(false)
})
