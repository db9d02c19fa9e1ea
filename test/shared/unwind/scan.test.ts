// Scans by the memory map of the process: only addresses in executable memory are return addresses.
import { expect, test } from 'vitest'
import type { Scene } from './walking.ts'
import { walkScene } from './walking.ts'

const base = 0x4000_0000n
const code = { start: base, last: base + 0x7fffn, executable: true }
const data = { start: base + 0x8000n, last: base + 0xffffn, executable: false }

/** A stack with an address in data, then one in code. */
const scene = (cpu: Scene['cpu'], registers: Record<string, bigint>, mapped?: Scene['mapped']): Scene => ({
  cpu,
  registers,
  stackBase: 0x8000_0000n,
  words: [base + 0x8101n, 0n, base + 0x201n, ...Array.from({ length: 8 }, () => 0n)],
  modules: [{ base }],
  ...(mapped ? { mapped } : {}),
})
const x86 = { eip: base + 0x10n, esp: 0x8000_0000n, ebp: 0n }
const amd64 = { rip: base + 0x10n, rsp: 0x8000_0000n, rbp: 0n }

test.each([
  ['the map shows one as data', [code, data], [base + 0x200n]],
  ['the map omits one', [code], [base + 0x200n]],
  ['the map shows both as data', [{ ...code, executable: false }, data], []],
  ['the map is empty', [], [base + 0x8100n, base + 0x200n]],
  ['there is no map', undefined, [base + 0x8100n, base + 0x200n]],
])('of two addresses in a module, where %s', (_, mapped, expected) => {
  for (const s of [scene('x86', x86, mapped), scene('amd64', amd64, mapped)]) {
    const [, ...callers] = walkScene(s)
    expect(callers.map((f) => f.instruction)).toEqual(expected)
    expect(callers.map((f) => f.trust)).toEqual(expected.map(() => 'scan'))
  }
})

test('a call through a null pointer is followed by its return address only if that is in code', () => {
  const call = (mapped: Scene['mapped']) => scene('amd64', { ...amd64, rip: 0n }, mapped)
  expect(walkScene(call([{ ...code, last: base + 0xffffn }])).at(1)?.instruction).toBe(base + 0x8100n)
  expect(walkScene(call([code, data])).at(1)?.instruction).toBe(base + 0x200n)
})
