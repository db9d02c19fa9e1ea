// What a report has of the program around the crash.
import { describe, expect, test } from 'vitest'
import {
  addOnsOf,
  breadcrumbsOf,
  memoryAccesses,
  registersOf,
} from '../../../../dashboard/model/report/program-state.ts'
import type { CrashView } from '../../../../dashboard/model/report/crash-view.ts'

type Crash = Parameters<typeof addOnsOf>[0]

describe('add-ons', () => {
  test('have an ID and a version, and what the environment states', () => {
    const activeAddons = {
      'a@x': { name: 'A', isSystem: true, signedState: 2 },
      'b:c@x': { name: 7, isSystem: false, signedState: -2 },
      none: null,
    }
    const crash = {
      addons: ['a@x:1.0', 'b:c@x:2', 'plain', ':3', 'none:4'],
      telemetry_environment: { addons: { activeAddons } },
    }
    const blank = { name: '', system: '', signed: '' }
    expect(addOnsOf(crash as unknown as Crash)).toEqual([
      { id: 'a@x', version: '1.0', name: 'A', system: 'yes', signed: 'signed' },
      { id: 'b:c@x', version: '2', name: '', system: 'no', signed: 'broken' },
      { id: 'plain', version: '', ...blank },
      { id: '', version: '3', ...blank },
      { id: 'none', version: '4', ...blank },
    ])
  })

  test.each([
    null,
    'x',
    {},
    { addons: null },
    { addons: { activeAddons: 'x' } },
    { addons: { activeAddons: null } },
  ])('with the environment %j have only these', (telemetry_environment) => {
    const [one] = addOnsOf({ addons: ['a:1'], telemetry_environment } as unknown as Crash)
    expect(one).toEqual({ id: 'a', version: '1', name: '', system: '', signed: '' })
  })

  test.each([
    [-1, 'unknown signer'],
    [0, 'missing'],
    [1, 'preliminary'],
    [3, 'system'],
    [4, 'privileged'],
    [5, ''],
  ])('with the state %d are %j', (signedState, signed) => {
    const telemetry_environment = { addons: { activeAddons: { a: { signedState } } } }
    expect(addOnsOf({ addons: ['a:1'], telemetry_environment } as unknown as Crash)[0]!.signed).toBe(signed)
  })

  test('are none without the field', () => expect(addOnsOf({})).toEqual([]))
})

test('breadcrumbs are listed with the newest first', () => {
  const breadcrumbs = [
    { timestamp: '10:00', category: 'ui', type: 'click', level: 'info', message: 'Open', data: { a: 1 } },
    { type: 'http', data: null },
    {},
  ]
  expect(breadcrumbsOf({ breadcrumbs } as unknown as Crash)).toEqual([
    { time: '', kind: '', text: '' },
    { time: '', kind: 'http', text: '' },
    { time: '10:00', kind: 'ui, info', text: 'Open {"a":1}' },
  ])
  expect(breadcrumbsOf({})).toEqual([])
})

test('registers are those of the innermost frame that has some', () => {
  const frames = [{}, { registers: { rip: '0x1', rax: null } }, { registers: { rip: '0x2' } }]
  expect(registersOf({ crashingThread: { frames } } as unknown as CrashView)).toEqual([
    ['rip', '0x1'],
    ['rax', ''],
  ])
  expect(registersOf({ crashingThread: null } as unknown as CrashView)).toEqual([])
})

test('memory accesses are one text each', () => {
  const memory_accesses = [
    { address: '0x10', size: 8, access_type: 'Write', is_likely_guard_page: true },
    { address: null, size: null },
  ]
  expect(memoryAccesses({ json_dump: { crash_info: { memory_accesses } } } as unknown as Crash)).toEqual([
    'write of 8 bytes at 0x10 (probably a guard page)',
    'access at an unknown address',
  ])
  expect(memoryAccesses({})).toEqual([])
})
