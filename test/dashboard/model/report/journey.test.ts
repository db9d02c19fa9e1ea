// The journey of a crash, its neighbors, and the program around it.

import { describe, expect, test } from 'vitest'
import { viewCrash } from '../../../../dashboard/model/report/crash-view.ts'
import { journeyOf } from '../../../../dashboard/model/report/journey.ts'
import { neighborParameters, peersOf } from '../../../../dashboard/model/report/peers.ts'
import {
  addOnsOf,
  breadcrumbsOf,
  memoryAccesses,
  registersOf,
} from '../../../../dashboard/model/report/program-state.ts'
import type { ReportRow } from '../../../../shared/aggregates/documents.ts'
import { readProcessedCrash } from '../../../../shared/fields/public-view.ts'
import { openLimits } from '../../../../shared/search/parameters/options.ts'
import { parseQuery } from '../../../../shared/search/parameters/parse.ts'
import { sampleReport } from '../../../support/sample-report.ts'

const id = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'

describe('journeyOf', () => {
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

describe('peersOf', () => {
  const reports = ['c', 'b', 'a'].map((crash_id) => ({ crash_id }) as ReportRow)
  test.each([
    ['c', 1, null, 'b', null, []],
    ['b', 2, 'c', 'a', 'c', []],
    ['a', 3, 'b', null, 'c', ['older']],
    ['x', null, null, null, 'c', ['newer', 'older']],
  ])('of %s', (crashId, place, newer, older, newest, beyond) => {
    const peers = peersOf({ reports, all: 4 }, crashId)
    expect(peers.beyond).toEqual(beyond)
    const ids = [peers.newer, peers.older, peers.newest].map((row) => row?.crash_id ?? null)
    expect([peers.place, ...ids]).toEqual([place, newer, older, newest])
  })

  test('knows of no older report when all are listed', () => {
    expect(peersOf({ reports, all: 3 }, 'a').beyond).toEqual([])
  })

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

  test('a report without a signature or time has no neighbors to search', () => {
    expect(neighborParameters({ ...crash, signature: '' }, 'older')).toBeNull()
    expect(neighborParameters({ ...crash, completed_datetime: null }, 'newer')).toBeNull()
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
    expect(addOnsOf({ addons: ['plain', 'a:b:1'], telemetry_environment: { addons: [] } })).toEqual([
      { id: 'plain', version: '', name: '', system: '', signed: '' },
      { id: 'a:b', version: '1', name: '', system: '', signed: '' },
    ])
  })

  test('breadcrumbs are listed newest first', () => {
    const crumb = { timestamp: 't1', category: 'ui', level: 'info', message: 'click', data: { a: 1 } }
    expect(breadcrumbsOf({ breadcrumbs: [crumb, { timestamp: 't2', type: 'log' }] })).toEqual([
      { time: 't2', kind: 'log', text: '' },
      { time: 't1', kind: 'ui, info', text: 'click {"a":1}' },
    ])
    expect(breadcrumbsOf({})).toEqual([])
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
