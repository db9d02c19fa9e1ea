// Crashpad's annotations in the output of a stack walk: all kinds, protected.
import { expect, test } from 'vitest'
import { conform } from '../../../shared/fields/shape.ts'
import { stackwalk } from '../../../shared/fields/stackwalk.ts'
import { walkDump } from '../../../shared/stackwalk/walk.ts'
import { createSynthMinidump, type SynthCrashpad } from '../../support/synth-minidump.ts'

const walked = (crashpad?: SynthCrashpad) =>
  walkDump(
    createSynthMinidump({
      system: {},
      threads: [{ id: 1 }],
      modules: [{ base: 0x1000, size: 0x1000, name: '/usr/bin/app' }],
      ...(crashpad && { crashpad }),
    }),
  )
const crashpad: SynthCrashpad = {
  annotations: { b: '2', a: '1', ['__proto__']: 'p' },
  modules: [
    {
      index: 0,
      list: ['abort() called'],
      annotations: { url: 'https://example.org/?q=1' },
      objects: [
        { name: 'text', type: 1, value: [0x61] },
        { name: 'own', type: 0x8000, value: [1] },
      ],
    },
    { index: 7 },
  ],
}

test('the output has all annotations under a key of its own', async () => {
  const { crashpad_info: info } = await walked(crashpad)
  expect(info).toMatchObject({
    client_id: '11111111-1111-1111-1111-111111111111',
    report_id: '00010203-0405-0607-0809-0a0b0c0d0e0f',
    modules: [
      {
        list_annotations: ['abort() called'],
        module: 'app',
        objects: [
          { name: 'text', type: 1, value: 'a' },
          { name: 'own', type: 0x8000, value: null },
        ],
        simple_annotations: { url: 'https://example.org/?q=1' },
      },
      { list_annotations: [], module: null, objects: [], simple_annotations: {} },
    ],
  })
  expect(Object.entries(info!.simple_annotations)).toEqual([
    ['__proto__', 'p'],
    ['a', '1'],
    ['b', '2'],
  ])
})

test('they are protected, and absent from other dumps', async () => {
  expect(conform(await walked(crashpad), stackwalk, 'public')).not.toHaveProperty('crashpad_info')
  expect(conform(await walked(crashpad), stackwalk, 'full')).toHaveProperty('crashpad_info')
  expect(await walked()).not.toHaveProperty('crashpad_info')
})
