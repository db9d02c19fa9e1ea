// The abort message among Crashpad's annotations, and the mask of addresses.
import { expect, test } from 'vitest'
import { abortMessage } from '../../../shared/minidump/crashpad.ts'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { createSynthMinidump, type SynthCrashpad } from '../../support/synth-minidump.ts'

const messageIn = (crashpad: SynthCrashpad) =>
  abortMessage(readMinidump(createSynthMinidump({ crashpad })).crashpadInfo!)
const text = (name: string, value: string) => ({ name, type: 1, value: new TextEncoder().encode(value) })
const uncaught = 'terminating due to uncaught exception of type std::runtime_error: boom'

test.each<[string, SynthCrashpad, string | null]>([
  ['a library of macOS', { modules: [{ index: 0, list: ['x', `${uncaught}\n`] }] }, uncaught],
  [
    'several libraries',
    {
      modules: [
        { index: 0, list: ['abort() called'] },
        { index: 1, list: [uncaught] },
      ],
    },
    uncaught,
  ],
  ['abort() alone', { modules: [{ index: 0, list: ['abort() called'] }] }, 'abort() called'],
  ['an annotation of the process', { annotations: { AbortMessage: 'A' } }, 'A'],
  ['an annotation of a module', { modules: [{ index: 0, objects: [text('abort_message', 'B')] }] }, 'B'],
  ['both', { annotations: { abort_message: 'A' }, modules: [{ index: 0, list: [uncaught] }] }, 'A'],
  ['other texts', { annotations: { ver: '1' }, modules: [{ index: 0, list: ['dyld4 config'] }] }, null],
])('the abort message of %s', (_, crashpad, message) => expect(messageIn(crashpad)).toBe(message))

test.each<[bigint, bigint | null]>([
  [0xf_ffff_ffffn, 0xf_ffff_ffffn],
  [0xffff_fff0_0000_0000n, 0xf_ffff_ffffn],
  [1n, 1n],
  [0x7fff_ffff_ffff_ffffn, 0x7fff_ffff_ffff_ffffn],
  [1n << 63n, 0x7fff_ffff_ffff_ffffn],
  [0n, null],
  [0xffff_ffff_ffff_ffffn, null],
  [2n, null],
  [0xff0f_ffffn, null],
  [0xff0f_0000_0000_0000n, null],
])('the mask %i means %i', (addressMask, mask) => {
  const dump = readMinidump(createSynthMinidump({ crashpad: { addressMask } }))
  expect(dump.crashpadInfo!.addressMask).toBe(mask)
})
