// What a report does not contain stays absent in its processed crash: null or no key, never an empty text or a zero.
import { describe, expect, test } from 'vitest'
import { type Given, runPreset } from '../../support/rule-input.ts'

const frames = [{ module: 'a.so', file: 'a.cpp', inlines: null }]
const modules = [{ filename: 'a.so', debug_id: 'AB1' }]
const ofDump = [
  'reason',
  'address',
  'cpu_info',
  'cpu_count',
  'crashing_thread',
  'crashing_thread_name',
  'last_error_value',
  'modules_in_stack',
  'topmost_filenames',
  'missing_symbols',
  'mac_boot_args',
  'has_mac_boot_args',
  'mac_crash_info',
  'possible_bit_flips_max_confidence',
  'has_guard_page_access',
  'thread_count',
] as const

describe.each(['default', 'mozilla'] as const)('%s', (preset) => {
  test.each<[string, Given, present: (typeof ofDump)[number][]]>([
    ['without a minidump', {}, []],
    ['with an empty walk', { dump: {} }, []],
    [
      'without a crashing thread',
      { dump: { threads: [{ frames }], modules, thread_count: 1 } },
      ['thread_count'],
    ],
    [
      'with nulls',
      {
        dump: {
          crash_info: { type: null, address: null, crashing_thread: null },
          system_info: { cpu_info: null, cpu_count: null },
          mac_boot_args: null,
          mac_crash_info: null,
          threads: [],
          modules: [],
          thread_count: 0,
        },
      },
      ['thread_count'],
    ],
    [
      'with blank boot arguments, no records, no frames',
      {
        dump: {
          crash_info: { crashing_thread: 0 },
          mac_boot_args: ' \n',
          mac_crash_info: { num_records: 0, records: [] },
          threads: [{ frames: [] }],
          modules,
          thread_count: 1,
        },
      },
      ['crashing_thread', 'thread_count'],
    ],
    [
      'with a stack outside all modules',
      {
        dump: {
          crash_info: { crashing_thread: 0 },
          threads: [{ frames: [{ module: null, file: null }] }],
          modules,
        },
      },
      ['crashing_thread'],
    ],
    [
      'with everything',
      {
        dump: {
          crash_info: { type: 'SIGSEGV', address: '0x0', crashing_thread: 0 },
          system_info: { cpu_info: 'family 6', cpu_count: 4 },
          mac_boot_args: '-v',
          threads: [{ frames, thread_name: 'main' }],
          modules,
          thread_count: 1,
        },
      },
      [
        'reason',
        'address',
        'cpu_info',
        'cpu_count',
        'crashing_thread',
        'crashing_thread_name',
        'modules_in_stack',
        'topmost_filenames',
        'mac_boot_args',
        'has_mac_boot_args',
        'thread_count',
      ],
    ],
  ])('a report %s', (_, given, present) => {
    const { crash, failed } = runPreset(preset, given)
    expect(failed).toEqual([])
    expect(ofDump.filter((name) => (crash[name] ?? null) !== null).sort()).toEqual([...present].sort())
  })
})
