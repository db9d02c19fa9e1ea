// Programs in a folder as symbols: how long its list of files is used, and files without a module.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HelperFiles } from '../../../../shared/debug-files/helper-files.ts'
import { debugFilesText, debugFolder } from '../../../../shared/symbols/sources/debug-folder.node.ts'
import { tinyElf } from '../../../support/tiny-elf.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayday-debug-folder-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const module = { debugFile: 'app', debugId: '', codeFile: '/usr/bin/app', codeId: 'ABABABABABABABAB' }

function storeProgram(): string {
  const path = join(folder, 'app')
  writeFileSync(path, tinyElf(new Uint8Array(8).fill(0xab)))
  return path
}

test('a new file is found once the list of files is more than five minutes old', () => {
  let now = 7
  const { find } = debugFolder(folder, () => now)
  expect(find(module).paths).toEqual([])
  const path = storeProgram()
  now += 300_000
  expect(find(module).paths).toEqual([])
  now++
  expect(find(module).paths).toEqual([path])
})

test('without a file of the module there are neither symbols nor a problem', async () => {
  const other = { ...module, codeId: 'CDCDCDCDCDCDCDCD' }
  expect(await debugFilesText([], module, new HelperFiles())).toBeNull()
  expect(await debugFilesText([storeProgram()], other, new HelperFiles())).toBeNull()
})
