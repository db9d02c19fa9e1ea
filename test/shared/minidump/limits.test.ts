// The limits of parts of a dump: each value at the limit, and the next one beyond it.
import { expect, test } from 'vitest'
import { type CpuContext, extendedState, type ExtendedStateLayout } from '../../../shared/minidump/context.ts'
import { streamVendor } from '../../../shared/minidump/format.ts'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import type { Assembler } from '../../support/assembler.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'

test.each([
  [0xffff, 'Official'],
  [0x1_0000, 'Unknown Extension'],
  [0x4767_ffff, 'Google Extension'],
  [0x4d7a_ffff, 'Mozilla Extension'],
])('the types of streams around %i belong to the vendor %s', (type, name) => {
  expect(streamVendor(type)).toBe(name)
})

test.each([
  [0x7fff, null],
  [0x8000, Uint8Array.of(1, 2)],
  [0xffff, Uint8Array.of(1, 2)],
])('an annotation of the type %i has the bytes %j', (type, bytes) => {
  const objects = [{ name: 'a', type, value: [1, 2] }]
  const dump = readMinidump(createSynthMinidump({ crashpad: { modules: [{ index: 0, objects }] } }))
  expect(dump.crashpadInfo!.modules[0]!.objects).toEqual([{ name: 'a', type, text: null, bytes }])
})

test.each([
  [8, 8, true],
  [8, 9, false],
  [0, 16, true],
  [0, 0, false],
])('a feature at %i of 16 bytes with %i bytes is read: %s', (offset, size, isRead) => {
  const context = { cpu: 'amd64', flags: 0x40n, bytes: new Uint8Array(256 + 16) }
  const xstate = { features: [{ feature: 2, offset, size }] }
  const found = extendedState(context as unknown as CpuContext, xstate as unknown as ExtendedStateLayout)
  expect(found).toEqual(isRead ? [{ feature: 2, bytes: new Uint8Array(size) }] : [])
})

test.each([
  [3, ['CodeViewReadFailure: 3 bytes at offset']],
  [4, []],
])('a record of %i bytes about the symbols of a module is damaged as %j', (size, problems) => {
  const codeView = (a: Assembler) => void a.zeros(size)
  const dump = readMinidump(
    createSynthMinidump({ modules: [{ base: 0x1000, size: 16, name: 'a', codeView }] }),
  )
  expect(dump.modules.list).toHaveLength(1)
  expect(dump.issues.map(({ detail }) => detail.replace(/(?<=offset).*/, ''))).toEqual(problems)
})

test('a dump has up to 1000 issues', () => {
  const issuesOf = (streams: number) => {
    const raw = Array.from({ length: streams }, () => ({ type: 0x1234, write: () => undefined }))
    return readMinidump(createSynthMinidump({ raw })).issues.length
  }
  expect([issuesOf(1001), issuesOf(1002)]).toEqual([1000, 1000])
})
