// Streams of Crashpad, Breakpad, Windows, macOS and Mozilla.
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'
import type { SynthDump } from '../../support/synth-minidump.ts'

const read = (dump: SynthDump) => readMinidump(createSynthMinidump(dump))
const orders = [
  ['little', true],
  ['big', false],
] as const

describe('readMinidump: Crashpad, Breakpad, Windows, macOS, Mozilla', () => {
  test.each(orders)('%s endian: Crashpad annotations of every kind', (_, littleEndian) => {
    const { crashpadInfo } = read({
      littleEndian,
      crashpad: {
        annotations: { product: 'Firefox', empty: '' },
        modules: [
          {
            index: 2,
            list: ['abort() called'],
            annotations: { key: 'wert ä' },
            objects: [
              { name: 'text', type: 1, value: new TextEncoder().encode('hi') },
              { name: 'own', type: 0x8001, value: [1, 2] },
              { name: 'odd', type: 0, value: [3] },
            ],
          },
        ],
      },
    })
    expect(crashpadInfo).toEqual({
      reportId: '00010203-0405-0607-0809-0a0b0c0d0e0f',
      clientId: '11111111-1111-1111-1111-111111111111',
      addressMask: null,
      annotations: new Map([
        ['product', 'Firefox'],
        ['empty', ''],
      ]),
      modules: [
        {
          moduleIndex: 2,
          listAnnotations: ['abort() called'],
          annotations: new Map([['key', 'wert ä']]),
          objects: [
            { name: 'text', type: 1, text: 'hi', bytes: null },
            { name: 'own', type: 0x8001, text: null, bytes: Uint8Array.of(1, 2) },
            { name: 'odd', type: 0, text: null, bytes: null },
          ],
        },
      ],
    })
    expect(read({ littleEndian, crashpad: { version: 0 } }).crashpadInfo).toBeNull()
  })

  test.each(orders)('%s endian: Breakpad information and assertion', (_, littleEndian) => {
    expect(read({ littleEndian, breakpad: { dumpThread: 5 } }).breakpadInfo).toEqual({
      dumpThreadId: 5,
      requestingThreadId: null,
    })
    const short = read({ littleEndian, raw: [{ type: 0x47670001, write: (a) => a.u32(3, 5) }] })
    expect([short.breakpadInfo, short.issues]).toEqual([
      null,
      [{ stream: 'BreakpadInfoStream', detail: expect.stringContaining('BreakpadInfo') }],
    ])
    const assertion = { expression: 'a == b', function: 'f', file: 'x.c', line: 7, type: 1 }
    expect(read({ littleEndian, assertion }).assertion).toEqual({
      expression: 'a == b',
      function: 'f',
      file: 'x.c',
      line: 7,
      kind: 'invalid-parameter',
    })
  })

  test.each(orders)('%s endian: miscellaneous information of every version', (_, littleEndian) => {
    const misc = (version: number, flags: number) =>
      read({
        littleEndian,
        misc: { version, flags, processId: 3932, createTime: 9, buildString: 'b', processCookie: 7 },
      }).miscInfo!
    const all = 0x3f7
    expect(misc(1, all)).toMatchObject({ processId: 3932, createTime: 9, power: null, buildString: null })
    expect(misc(2, all).power?.currentMhz).toBe(2000)
    expect(misc(3, all)).toMatchObject({
      timeZone: { bias: 60, standardName: 'Standard', daylightName: 'Daylight', daylightBias: -60 },
      protectedProcess: 0,
      integrityLevel: 0x3000,
    })
    expect(misc(4, all)).toMatchObject({ buildString: 'b', debugBuildString: 'debug build', xstate: null })
    expect(misc(5, all)).toMatchObject({
      processCookie: 7,
      xstate: {
        enabled: 7n,
        features: [{ feature: 0, offset: 0, size: 160 }, {}, { feature: 2, offset: 576, size: 256 }],
      },
    })
    expect(misc(5, 0)).toMatchObject({
      processId: null,
      createTime: null,
      timeZone: null,
      processCookie: null,
    })
  })

  test.each(orders)('%s endian: handles', (_, littleEndian) => {
    const { handles } = read({
      littleEndian,
      handles: [{ handle: 4, type: 'File', object: 'C:\\a' }, { handle: 8 }],
    })
    expect(handles).toMatchObject([
      { handle: 4n, typeName: 'File', objectName: 'C:\\a', grantedAccess: 0x12019f, handleCount: 1 },
      { handle: 8n, typeName: null, objectName: null },
    ])
  })

  test('object information that points at itself terminates', () => {
    const bytes = createSynthMinidump({
      raw: [
        {
          type: 12,
          write: (a) => {
            a.u32(16, 40, 1, 0).u64(4).u32(0, 0, 0, 0, 1, 1)
            a.reference((b) => b.u32(b.size, 1, 4, 0xabcd)).u32(0)
          },
        },
      ],
    })
    expect(readMinidump(bytes).handles![0]!.objectInfo.map((info) => [info.type, info.bytes.length])).toEqual(
      [[1, 4]],
    )
  })

  test.each(orders)('%s endian: macOS crash information and boot arguments', (_, littleEndian) => {
    const record = (version: number) => ({
      version,
      thread: 3,
      abortCause: 9,
      texts: ['/usr/lib/dyld', 'message', '', 'trace', ''] as const,
    })
    const dump = read({ littleEndian, macCrash: [record(5), record(5)], macBootArgs: '-v' })
    expect(dump.macBootArgs).toBe('-v')
    expect(dump.macCrashInfo).toHaveLength(2)
    expect(dump.macCrashInfo![0]).toEqual({
      version: 5n,
      thread: 3n,
      dialogMode: null,
      abortCause: 9n,
      modulePath: '/usr/lib/dyld',
      message: 'message',
      signature: null,
      backtrace: 'trace',
      message2: null,
    })
    expect(read({ littleEndian, macCrash: [record(4), record(5)] }).macCrashInfo).toBeNull()
  })

  test('soft errors are any JSON, or null', () => {
    expect(read({ softErrors: '[{"InitErrors": []}]' }).softErrors).toEqual([{ InitErrors: [] }])
    expect(read({ softErrors: '{' }).softErrors).toBeNull()
    const nested = (depth: number) => read({ softErrors: '['.repeat(depth) + ']'.repeat(depth) })
    expect(nested(64).softErrors).not.toBeNull()
    expect(nested(100_000).softErrors).toBeNull()
  })
})
