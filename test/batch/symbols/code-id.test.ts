// Programs without a debug ID, as MinGW and Rust -gnu link them: file name, time stamp and size identify them.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { debugFileBytes } from '../../support/debug-programs.ts'
import { callMayday } from '../../support/run-mayday.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'

const folder = mkdtempSync(join(tmpdir(), 'mayday-code-id-'))
const program = join(folder, 'build', 'tree.exe')
const dump = join(folder, 'crash.dmp')
const base = 0x7ff6_0000_0000n
/** In `tree::make`. */
const crashAt = 0x1010n

beforeAll(() => {
  const exe = debugFileBytes('tree-mingw-O1.exe')[0]!.bytes.slice()
  const view = new DataView(exe.buffer)
  const header = view.getUint32(0x3c, true)
  // Without its debug directory.
  view.setBigUint64(header + 24 + 112 + 6 * 8, 0n, true)
  mkdirSync(join(folder, 'build'))
  writeFileSync(program, exe)
  const registers = { rip: base + crashAt, rsp: 0x5000_0000n }
  const crash = createSynthMinidump({
    system: { cpu: 'amd64', os: 'windows', major: 10 },
    threads: [{ id: 1, stack: { base: 0x5000_0000n, bytes: new Uint8Array(4096) }, registers }],
    modules: [
      {
        base,
        size: view.getUint32(header + 24 + 56, true),
        name: 'C:\\app\\tree.exe',
        timestamp: view.getUint32(header + 8, true),
      },
    ],
    exception: { threadId: 1, code: 0xc000_0005, address: base + crashAt, registers },
  })
  writeFileSync(dump, crash)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each<[string, (symbols: string) => readonly string[] | null]>([
  ['the program itself', () => null],
  ['a folder of symbol files', (symbols) => ['dump', '--output', symbols, program]],
  ['a store that the program was added to', (symbols) => ['add', program, '--store', `file:${symbols}`]],
])('the walk of a dump names functions by %s', async (_, make) => {
  const symbols = mkdtempSync(join(folder, 'symbols-'))
  const made = make(symbols)
  if (made) expect(await callMayday(['symbols', ...made])).toMatchObject({ code: 0 })
  const stored = existsSync(join(symbols, 'symbols')) ? join(symbols, 'symbols') : symbols
  const { stdout } = await callMayday([
    'stackwalk',
    dump,
    '--symbols',
    made ? stored : join(folder, 'build'),
    '--brief',
  ])
  expect(stdout).toContain('tree::make')
})

test('the symbol file that was made of it can be added elsewhere', async () => {
  const [output, store] = [join(folder, 'output'), join(folder, 'store')]
  await callMayday(['symbols', 'dump', '--output', output, program])
  const { code, stdout } = await callMayday(['symbols', 'add', output, '--store', `file:${store}`])
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Added 1 file') })
  const walked = await callMayday(['stackwalk', dump, '--symbols', join(store, 'symbols'), '--brief'])
  expect(walked.stdout).toContain('tree::make')
})
