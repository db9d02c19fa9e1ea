// The journey of a crash, its neighbors, and the program around it.

import { describe, expect, test } from 'vitest'
import { viewCrash } from '../../../../dashboard/model/report/crash-view.ts'
import { journeyOf } from '../../../../dashboard/model/report/journey.ts'
import { neighborParameters } from '../../../../dashboard/model/report/peers.ts'
import { addOnsOf, memoryAccesses, registersOf } from '../../../../dashboard/model/report/program-state.ts'
import { readProcessedCrash } from '../../../../shared/fields/public-view.ts'
import { openLimits } from '../../../../shared/search/parameters/options.ts'
import { parseQuery } from '../../../../shared/search/parameters/parse.ts'
import { sampleReport } from '../../../support/sample-report.ts'

const id = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'

describe('journeyOf', () => {
  const factsOf = (crash: Parameters<typeof journeyOf>[0]) =>
    journeyOf(crash, []).map(({ title, at, facts }) => [title, at, ...facts])
  const took = (seconds: number) => ({
    started_datetime: '2026-11-22T00:00:00Z',
    completed_datetime: new Date(Date.parse('2026-11-22T00:00:00Z') + 1000 * seconds).toISOString(),
  })
  const processedAt = '22 Nov 2026, 00:00 UTC'

  test.each<[Parameters<typeof journeyOf>[0], (string | null)[][]]>([
    [{ crash_time: 0 }, []],
    [{ crash_time: 1 }, [['Crashed', '1 Jan 1970, 00:00 UTC', "By the client's clock."]]],
    [{ weight: 1 }, [['Throttled', null, 'So the report has the weight 1: it represents only itself.']]],
    [took(0), [['Processed', processedAt, 'It took 0.00 s.']]],
    [took(9.99), [['Processed', processedAt, 'It took 9.99 s.']]],
    [took(10), [['Processed', processedAt, 'It took 10 s.']]],
    [took(-1), [['Processed', '21 Nov 2026, 23:59 UTC']]],
    [
      { ...took(1), success: false, stackwalk_version: 'w1' },
      [
        [
          ...['Processed', processedAt, 'It took 1.00 s.', 'Stack walker: w1.'],
          'A part of it was skipped or a rule failed: see the notes.',
        ],
      ],
    ],
    [{ duplicate_of: 'x' }, [['Stored', null, 'The same report was received before: x.']]],
    [
      { dumps_dropped_at: '2026-11-22T00:00:00Z' },
      [['Stored', null, `Its minidumps were dropped on ${processedAt}.`]],
    ],
    [
      { submitted_from: 'a', submitted_timestamp: '2026-11-22T00:00:00Z' },
      [['Received', processedAt, 'Sent from: a.']],
    ],
    [
      { signature: 'f', signature_version: 'v', stack_key: 'k' },
      [['Grouped', null, 'Signature: f.', 'Lists: v.', 'Stack key: k.']],
    ],
  ])('of %j', (crash, facts) => expect(factsOf(crash)).toEqual(facts))

  test('counts the modules by what became of their symbols', () => {
    const module = (filename: string, symbols: string) => ({ filename, symbols }) as never
    const modules = [
      module('a', 'loaded'),
      module('b', 'missing'),
      module('c', 'missing'),
      module('d', 'corrupt'),
    ]
    expect(journeyOf({}, modules)).toEqual([
      {
        ...{ title: 'Symbolicated', at: null },
        facts: [
          'Symbols of 1 module were found.',
          'Those of 2 modules were requested and not found.',
          'Those of 1 module could not be read.',
        ],
        lists: [
          { title: 'Missing', items: ['b', 'c'] },
          { title: 'Unreadable', items: ['d'] },
        ],
      },
    ])
    expect(journeyOf({}, [module('a', 'loaded')])[0]!.facts).toEqual(['Symbols of 1 module were found.'])
  })

  test('lists the notes of this and of earlier processing', () => {
    const [station] = journeyOf({ processor_notes: 'a\n\nb', processor_history: ['c'] }, [])
    expect(station!.lists).toEqual([
      { title: 'Notes', items: ['a', 'b'] },
      { title: 'Notes of earlier processing', items: ['c'] },
    ])
  })

  const crash = readProcessedCrash(sampleReport(id))
  const stations = journeyOf(crash, viewCrash(crash).modules)
  const station = (title: string) => stations.find((one) => one.title === title)!

  test('has the stations that left a record, in order', () => {
    expect(stations.map(({ title }) => title)).toEqual([
      'Crashed',
      'Received',
      'Throttled',
      'Processed',
      'Symbolicated',
      'Grouped',
    ])
    expect(journeyOf({}, [])).toEqual([])
  })

  test('states who accepted the report, and what it represents', () => {
    expect(station('Throttled').facts.join(' ')).toBe(
      'The rule release accepted it. It accepts 10 % of such reports. So the report has the weight 10: it represents as many crashes.',
    )
  })

  test('states which symbols were missing, and where they were looked for', () => {
    expect(station('Symbolicated').lists).toEqual([
      { title: 'Missing', items: ['libgallium-25.so', 'libc.so.6'] },
      { title: 'Unreadable', items: ['libbroken.so'] },
      { title: 'Asked, in this order', items: crash.symbol_places },
    ])
  })

  test('states by which rules and lists the crash was processed', () => {
    expect(station('Processed').facts).toEqual(['It took 0.75 s.', 'Rules: default-1f2e3d4c.'])
    expect(station('Grouped').facts).toContain('Lists: default-97b2d32d.')
    expect(station('Grouped').lists[0]!.items).toEqual(['SignatureGenerationRule'])
  })

  test('of a holder of a token also has what the collector noted', () => {
    const metadata = { payload_size: 1234, payload: 'multipart', user_agent: 'x/1', files: [{ name: 'a' }] }
    const all = journeyOf({ collector_metadata: metadata, dumps_dropped_at: '2026-11-22T00:00:00Z' }, [])
    expect(all.map(({ title }) => title)).toEqual(['Received', 'Stored'])
    expect(all[0]!.facts).toEqual(['1,234 bytes on the wire, as multipart.', 'User agent: x/1.'])
    expect(all[1]!.lists).toEqual([{ title: 'Files', items: ['a'] }])
  })
})

describe('neighborParameters', () => {
  const crash = {
    signature: '=x | y',
    product: 'P',
    submitted_timestamp: '2026-11-20T10:00:00.000000+00:00',
    completed_datetime: '2026-11-20T10:05:00+00:00',
  }
  test.each([
    ['older', '<2026-11-20T10:00:00.000000+00:00', '-submitted_at', '2026-05-22', '2026-11-21'],
    ['newer', '>2026-11-20T10:00:00.000000+00:00', 'submitted_at', '2026-11-19', '2027-05-21'],
  ] as const)('beyond it, the next %s report is searched by its time', (side, time, sort, from, to) => {
    const parameters = neighborParameters(crash, side)!
    expect(parameters.getAll('signature')).toEqual(['==x | y'])
    expect(parameters.getAll('submitted_at')).toEqual([time])
    expect(parameters.getAll('_sort')).toEqual([sort])
    expect(
      parameters.getAll('date').map((text) => text.slice(0, 13).replace(/[<>=]/g, '').slice(0, 10)),
    ).toEqual([from, to])
    const options = {
      now: Date.parse('2026-11-22') * 1000,
      protected: 'drop',
      unknown: 'drop',
      limits: openLimits,
    } as const
    expect(parseQuery(parameters, options)).toHaveProperty('query')
  })
})

describe('the program around a crash', () => {
  test('add-ons have what telemetry knows of them', () => {
    const crash = readProcessedCrash(sampleReport(id))
    expect(addOnsOf(crash)[0]).toEqual({
      id: 'dark@example.org',
      version: '1.4',
      name: 'Dark pages',
      system: 'no',
      signed: 'signed',
    })
  })

  test('registers and accesses are those of the frame and instruction that crashed', () => {
    const frames = [{ frame: 0, registers: { rax: '0x1' } }]
    const crash = {
      json_dump: {
        crashing_thread: { frames, threads_index: 0 },
        crash_info: {
          memory_accesses: [{ address: '0x10', size: 8, access_type: 'Read', is_likely_guard_page: true }],
        },
      },
    }
    expect(registersOf(viewCrash(crash))).toEqual([['rax', '0x1']])
    expect(memoryAccesses(crash)).toEqual(['read of 8 bytes at 0x10 (probably a guard page)'])
    expect(memoryAccesses({})).toEqual([])
  })
})
