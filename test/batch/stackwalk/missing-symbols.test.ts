// The end of the report of `mayday stackwalk --human`: missing symbols; single symbol files.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFileWalker, type StackwalkSettings } from '../../../batch/stackwalk/file.ts'
import { createSynthMinidump, pdb70, type SynthDump } from '../../support/synth-minidump.ts'

const id = '00112233445566778899AABBCCDDEEFF1'
const guid = [0x00112233, 0x4455, 0x6677, [0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff]] as const
const stack = { base: 0x7000_0000, bytes: new Uint8Array(64) }
const thread = (threadId: number, rip: number) => ({
  id: threadId,
  stack,
  registers: { rip, rsp: stack.base },
})
const dump: SynthDump = {
  system: { cpu: 'amd64', os: 'windows' },
  modules: [
    { base: 0x40_0000, size: 0x1_0000, name: 'C:\\app.exe', codeView: pdb70(guid, 1, 'C:\\build\\app.pdb') },
    { base: 0x50_0000, size: 0x1_0000, name: 'C:\\gnu.dll', timestamp: 0x5f3c1b00 },
  ],
  threads: [thread(1, 0x40_0100), thread(2, 0x50_0100)],
  exception: { threadId: 1, code: 0xc000_0005 },
}
const text = `MODULE windows x86_64 ${id} app.pdb\nFUNC 100 10 0 main\n`

let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'missing-'))
  path = join(folder, 'crash.dmp')
  await writeFile(path, createSynthMinidump(dump))
})
afterAll(() => rm(folder, { recursive: true }))

async function endOf(symbols: string[], format: StackwalkSettings['format'] = 'human'): Promise<string[]> {
  const settings = { symbols, cacheFolder: null, memoryBytes: 1e6, format, maxFrames: 100 }
  const walked = await createFileWalker(settings)(path)
  if (!('text' in walked)) throw new Error(walked.failure)
  const [, end = ''] = walked.text.split('\nSymbols:\n')
  return end.split('\n').filter((line) => line !== '')
}

test('the report names the modules without symbols and where they were looked for', async () => {
  const places = [join(folder, 'a'), join(folder, 'b')]
  const where = `(looked in ${places.join(', ')})`
  const app = `  no symbols for app.pdb ${id} ${where}`
  expect(await endOf(places, 'brief')).toEqual([app])
  expect(await endOf(places)).toEqual([app, `  no symbols for gnu.dll 5f3c1b0010000 ${where}`])
})

test('without places the report asks for them', async () => {
  expect(await endOf([])).toEqual(['  no symbols were given: name a folder, file or URL with --symbols'])
})

test.each([
  ['', 'it is empty'],
  ['<html>', 'it is an HTML page'],
  [text.replace(id, 'ABC1'), 'it is of another module, with debug ID ABC1'],
])('a symbol file %j is reported: %s', async (content, problem) => {
  const file = join(folder, 'app.pdb', id, 'app.sym')
  await mkdir(join(folder, 'app.pdb', id), { recursive: true })
  await writeFile(file, content)
  expect(await endOf([folder], 'brief')).toEqual([
    `  The symbol file of app.pdb ${id} cannot be used: ${problem}`,
  ])
})

test.each([
  ['of the module', text, []],
  ['in UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le'), []],
  [
    'of another build',
    text.replace(id, 'ABC1'),
    [`  The symbol file of app.pdb ${id} cannot be used: it is of another module, with debug ID ABC1`],
  ],
])('--symbols accepts a single file: %s', async (_, content, end) => {
  const file = join(folder, 'single.sym')
  await writeFile(file, content)
  expect(await endOf([file], 'brief')).toEqual(end)
})

test.each([
  ['', 'it is empty'],
  ['<!DOCTYPE html>', 'it is an HTML page'],
  ['{"title":"Not Found","status":404}', 'it has no valid record'],
  ['FUNC 100 10 0 main\n', 'it has no MODULE record'],
])('a single file %j that no module can use is reported once: %s', async (content, problem) => {
  const file = join(folder, 'unusable.sym')
  await writeFile(file, content)
  expect(await endOf([file])).toEqual([`  The symbol file ${file} cannot be used: ${problem}`])
})

test('a single file of a module with another name is not used', async () => {
  const file = join(folder, 'other.sym')
  await writeFile(file, text.replace(id, 'ABC1').replace('app.pdb', 'other.pdb'))
  expect(await endOf([file], 'brief')).toEqual([`  no symbols for app.pdb ${id} (looked in ${file})`])
})
