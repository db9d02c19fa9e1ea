// Processed crashes read from stored JSON: always of the declared shapes.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readProcessedCrash } from '../../../shared/fields/public-view.ts'

test('keeps protected fields, fields without a row, and keys without a name in their object', () => {
  const crash = {
    crash_id: 'de1bb258-cbbf-4589-a673-34f800160918',
    signature: 'f',
    user_comments: 'kept',
    made_up: [1],
    json_dump: {
      mac_boot_args: 'a',
      of_later: 1,
      threads: [{ thread_id: 7, frames: [{ registers: { rip: '0x1' } }] }],
    },
    java_exception: { any: ['form'] },
    breadcrumbs: [{ message: 'm', data: { n: 1 } }],
    memory_report: 5,
  }
  expect(readProcessedCrash(crash)).toEqual(crash)
})

test.each([
  [{ uptime: 'long', reason: 'r' }, { reason: 'r' }],
  [{ crashing_thread: 1.5, addons: ['a', 5, null] }, { addons: ['a'] }],
  [{ json_dump: 'text' }, {}],
  [
    { json_dump: { threads: [null, 5, { frames: 'none', thread_id: 'x' }] } },
    { json_dump: { threads: [{}] } },
  ],
  [{ json_dump: { crash_info: [], pid: 5 } }, { json_dump: { pid: 5 } }],
  [
    { java_exception: 'text', collector_metadata: { throttle: { weight: 'x' } } },
    { collector_metadata: { throttle: {} } },
  ],
  [
    { upload_file_minidump_gpu: { json_dump: { threads: 5 }, success: true } },
    { upload_file_minidump_gpu: { json_dump: {}, success: true } },
  ],
  [null, {}],
  ['text', {}],
])('of %j it takes %j', (json, crash) => {
  expect(readProcessedCrash(json)).toEqual(crash)
})

test('a field named __proto__ is data', () => {
  const crash = readProcessedCrash(
    JSON.parse('{"__proto__":{"signature":"x"},"json_dump":{"__proto__":{"pid":1}}}'),
  )
  expect(crash.signature).toBeUndefined()
  expect(crash.json_dump?.pid).toBeUndefined()
  expect(JSON.stringify(crash)).toBe('{"__proto__":{"signature":"x"},"json_dump":{"__proto__":{"pid":1}}}')
})

test('reading is idempotent for any stored value', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('json_dump', 'uptime', 'addons', 'breadcrumbs'), fc.jsonValue()),
      (json) => {
        const crash = readProcessedCrash(json)
        expect(readProcessedCrash(crash)).toEqual(crash)
        expect(crash.uptime ?? 0).toBeTypeOf('number')
        for (const crumb of crash.breadcrumbs ?? []) expect(crumb).toBeTypeOf('object')
      },
    ),
  )
})
