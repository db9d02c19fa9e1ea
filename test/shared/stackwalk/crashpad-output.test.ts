// Crashpad's annotations in the output of a stack walk: all kinds, and which are public.
import { expect, test } from 'vitest'
import { ownAnnotations, publicAnnotations } from '../../../shared/fields/annotations.ts'
import { copiedFields } from '../../../shared/fields/fields.ts'
import { conform, type Shape } from '../../../shared/fields/shape.ts'
import { type StackwalkOutput, stackwalk } from '../../../shared/fields/stackwalk.ts'
import { productNames } from '../../../shared/throttle/product.ts'
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

test('of a dump without Crashpad there are none', async () => {
  expect(await walked()).not.toHaveProperty('crashpad_info')
})

test('those are public that the catalog makes public as received; a full view has all', async () => {
  const object = (name: string) => ({ name, type: 1, value: [0x61] })
  const output = await walked({
    annotations: {
      ptype: 'renderer',
      ProductName: 'App',
      URL: 'secret',
      guid: 'secret',
      ['__proto__']: 'secret',
    },
    modules: [
      {
        index: 0,
        list: ['secret'],
        annotations: { ver: '1.0', MozCrashReason: 'secret' },
        objects: [object('AbortMessage'), object('Email'), object('constructor')],
      },
      { index: 7, list: ['secret'] },
    ],
  })
  const view = conform(output, stackwalk, 'public') as StackwalkOutput
  expect(view.crashpad_info).toEqual({
    modules: [
      {
        module: 'app',
        objects: [{ name: 'AbortMessage', type: 1, value: 'a' }],
        simple_annotations: { ver: '1.0' },
      },
      { module: null, objects: [], simple_annotations: {} },
    ],
    simple_annotations: { ProductName: 'App', ptype: 'renderer' },
  })
  expect(conform(output, stackwalk, 'full')).toEqual(output)
})

test('public are annotations whose fields are public as a whole, and those with public rows of their own', () => {
  const whole = copiedFields.filter(({ field }) => field.access === 'public' && !isPartlyPublic(field.shape))
  const own = ownAnnotations.filter(([, { access }]) => access === 'public').map(([name]) => name)
  const ofOwnRows = new Set(ownAnnotations.map(([name]): string => name))
  const copied = whole.map(({ annotation }) => annotation).filter((name) => !ofOwnRows.has(name))
  expect([...publicAnnotations].sort()).toEqual([...new Set([...copied, ...own, ...productNames])].sort())
})

const isPartlyPublic = (shape: Shape) => typeof shape === 'object' && 'sent' in shape
