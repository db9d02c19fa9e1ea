// The public view: nothing protected, nothing unknown, and no crash lost because of one bad value.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import type { Shape } from '../../../shared/fields/shape.ts'
import { fields, publicFields } from '../../../shared/fields/fields.ts'
import { publicView } from '../../../shared/fields/public-view.ts'

const base = { crash_id: 'de1bb258-cbbf-4589-a673-34f800160918', signature: 'f' }
const frame = { frame: 0, module: 'a.so', function: 'f', line: null, trust: 'context' }

describe('publicView', () => {
  test('keeps public fields and drops protected and unknown ones', () => {
    const crash = { ...base, user_comments: 'secret', url: 'secret', made_up: 1, uptime: 5, address: null }
    expect(publicView(crash)).toEqual({ ...base, uptime: 5, address: null })
  })

  test('keeps the unloaded modules of frames, without folders and values of other types', () => {
    const hit = { module: 'C:\\Users\\ada\\old.dll', offsets: ['0x10', 5, null] }
    const view = publicView({
      ...base,
      json_dump: { threads: [{ frames: [{ ...frame, unloaded_modules: [hit] }] }] },
    })
    expect(view.json_dump?.threads?.[0]?.frames?.[0]?.unloaded_modules).toEqual([
      { module: 'old.dll', offsets: ['0x10'] },
    ])
  })

  test('drops registers, guard pages, soft errors and boot arguments, at every depth', () => {
    const threads = [{ frame_count: 1, frames: [{ ...frame, registers: { rip: 'secret' } }], thread_id: 9 }]
    const dump = {
      crash_info: {
        type: 'SIGSEGV',
        memory_accesses: [{ address: '0x0', size: 4, is_likely_guard_page: true }],
        adjusted_address: { kind: 'secret' },
      },
      crashing_thread: { threads_index: 0, ...threads[0] },
      threads,
      soft_errors: ['secret'],
      mac_boot_args: 'secret',
    }
    const view = publicView({
      ...base,
      json_dump: dump,
      upload_file_minidump_browser: { json_dump: dump, mdsw_stderr: 'secret' },
    })
    const expected = {
      crash_info: { type: 'SIGSEGV', memory_accesses: [{ address: '0x0', size: 4 }] },
      crashing_thread: { threads_index: 0, frame_count: 1, frames: [frame] },
      threads: [{ frame_count: 1, frames: [frame] }],
    }
    expect(view).toEqual({
      ...base,
      json_dump: expected,
      upload_file_minidump_browser: { json_dump: expected },
    })
    expect(JSON.stringify(view)).not.toContain('secret')
  })

  test('drops the message of Java exceptions and keeps the rest', () => {
    const stacktrace = { type: 'Error', module: 'java.lang', frames: [{ lineno: 3 }] }
    const exception = { exception: { values: [{ stacktrace: { ...stacktrace, value: 'secret' } }] } }
    expect(publicView({ ...base, java_exception: exception })).toEqual({
      ...base,
      java_exception: { exception: { values: [{ stacktrace }] } },
    })
  })

  test('drops only the bad value', () => {
    const crash = {
      ...base,
      uptime: 'long',
      product: 5,
      json_dump: { pid: 'x', status: 'OK', threads: 'none' },
    }
    expect(publicView(crash)).toEqual({ ...base, json_dump: { status: 'OK' } })
    expect(publicView({ ...base, json_dump: [], uptime_ts: Number.NaN, addons: ['a', 5] })).toEqual({
      ...base,
      addons: ['a'],
    })
  })

  test('accepts a whole number for a fraction', () => {
    expect(publicView({ ...base, uptime_ts: 10 })).toEqual({ ...base, uptime_ts: 10 })
  })

  test('treats keys of maps as data', () => {
    const addons = JSON.parse('{"activeAddons":{"__proto__":{"name":"a","secret":1}}}') as unknown
    const view = publicView({ ...base, telemetry_environment: { addons } })
    expect(JSON.stringify(view.telemetry_environment)).toBe(
      '{"addons":{"activeAddons":{"__proto__":{"name":"a"}}}}',
    )
    expect(Object.getPrototypeOf({}).name).toBeUndefined()
  })

  test('never shows a protected leaf of any crash', () => {
    fc.assert(
      fc.property(documents(), (crash) => {
        expect(JSON.stringify(publicView(crash))).not.toContain(canary)
      }),
      { numRuns: 300 },
    )
  })

  test('is its own public view', () => {
    fc.assert(
      fc.property(documents(), (crash) => {
        const view = publicView(crash)
        expect(publicView(view)).toEqual(view)
      }),
      { numRuns: 100 },
    )
  })

  test('shows every public leaf of a complete crash', () => {
    const full = Object.fromEntries(fields.map((field) => [field.name, sample(field.shape)]))
    const view = publicView(full)
    expect(Object.keys(view).sort()).toEqual(publicFields.map((field) => field.name).sort())
    const { telemetry_environment, memory_measures } = view
    expect({ telemetry_environment, memory_measures }).toEqual({
      telemetry_environment: full.telemetry_environment,
      memory_measures: full.memory_measures,
    })
  })
})

const canary = 'canary-7f3a'

/** Crashes with canaries in all protected and unknown parts, and values of wrong types in between. */
function documents(): fc.Arbitrary<ProcessedCrash> {
  const entries = fields.map((field) => [
    field.name,
    field.access === 'public' ? valueFor(field.shape) : canaries(),
  ]) as [string, fc.Arbitrary<unknown>][]
  const unknown = fc.dictionary(
    fc.string().map((text) => `unknown_${text}`),
    canaries(),
  )
  return fc
    .tuple(fc.record(Object.fromEntries(entries), { requiredKeys: [] }), unknown)
    .map(([known, other]) => ({ ...known, ...other, ...base }))
}

function canaries(): fc.Arbitrary<unknown> {
  return fc.constantFrom(canary, [canary], { [canary]: 1 }, { a: [{ b: canary }] })
}

function valueFor(shape: Shape): fc.Arbitrary<unknown> {
  if (typeof shape === 'string') {
    const odd = fc.constantFrom<unknown>(null, 1, 1.5, true, canaryObject)
    return shape.startsWith('string') ? fc.string({ maxLength: 5 }) : odd
  }
  if ('protected' in shape) return canaries()
  if ('nullable' in shape) return valueFor(shape.nullable)
  if ('optional' in shape) return valueFor(shape.optional)
  if ('sent' in shape) return valueFor(shape.sent)
  if ('chosen' in shape) return valueFor(shape.chosen)
  const odd = fc.constantFrom<unknown>(null, canaryObject, 5)
  if ('list' in shape)
    return fc.oneof({ weight: 5, arbitrary: fc.array(valueFor(shape.list), { maxLength: 2 }) }, odd)
  if ('map' in shape) return fc.dictionary(fc.string({ maxLength: 5 }), valueFor(shape.map), { maxKeys: 2 })
  const inner = Object.fromEntries(Object.entries(shape.object).map(([key, value]) => [key, valueFor(value)]))
  const known = fc.record(inner, { requiredKeys: [] })
  const object = fc.tuple(known, canaries()).map(([value, other]) => ({ ...value, unknown: other }))
  return fc.oneof({ weight: 5, arbitrary: object }, odd)
}

const canaryObject = { unknown: canary }

/** A value with all of its parts; protected ones contain the canary. */
function sample(shape: Shape): unknown {
  if (typeof shape === 'string') return samples[shape.replace('?', '')]
  if ('protected' in shape) return canary
  if ('nullable' in shape) return sample(shape.nullable)
  if ('optional' in shape) return sample(shape.optional)
  if ('sent' in shape) return sample(shape.sent)
  if ('chosen' in shape) return { ...(sample(shape.chosen) as object), name: publicName }
  if ('list' in shape) return [sample(shape.list)]
  if ('map' in shape) return { [shape.keys?.test('key') === false ? publicName : 'key']: sample(shape.map) }
  return Object.fromEntries(Object.entries(shape.object).map(([key, inner]) => [key, sample(inner)]))
}

/** An annotation that is public as received. */
const publicName = 'ProductName'

const samples: Record<string, unknown> = {
  string: 'text',
  scalar: 'text',
  int: 1,
  integer: '9007199254740993',
  size: '18446744073709551615',
  float: 1,
  bool: true,
  json: ['text'],
}
