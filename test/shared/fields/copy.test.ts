// Copying annotations to fields: conversions, and values that do not convert.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { copyAnnotations } from '../../../shared/fields/copy.ts'
import { copiedFields } from '../../../shared/fields/fields.ts'

const fallbacks = { marionette: false, remote_agent: false }

describe('copyAnnotations', () => {
  test('returns only fallbacks for an empty report', () => {
    expect(copyAnnotations({})).toEqual({ fields: fallbacks, notes: [] })
    expect(copyAnnotations({ ProductName: null, Marionette: null })).toEqual({ fields: fallbacks, notes: [] })
  })

  test.each<[string, unknown, string, unknown]>([
    ['ProductName', 'Firefox', 'product', 'Firefox'],
    ['ProductName', '  Firefox \n', 'product', '  Firefox'],
    ['ProductName', '', 'product', ''],
    ['BuildID', 20260101000000, 'build', '20260101000000'],
    ['Comments', 'Crashed.', 'user_comments', 'Crashed.'],
    ['comments', 'Crashed.', 'user_comments', 'Crashed.'],
    ['comments_', 'Crashed.', 'user_comments', 'Crashed.'],
    ['StartupCrash', '1', 'startup_crash', true],
    ['StartupCrash', 'TRUE', 'startup_crash', true],
    ['StartupCrash', '0', 'startup_crash', false],
    ['StartupCrash', 'False', 'startup_crash', false],
    ['StartupCrash', true, 'startup_crash', true],
    ['InstallTime', '1474200000', 'install_time', 1474200000],
    ['InstallTime', ' +1_000 ', 'install_time', 1000],
    ['InstallTime', '-5', 'install_time', -5],
    ['InstallTime', 7, 'install_time', 7],
    ['OOMAllocationSize', '9007199254740991', 'oom_allocation_size', 9007199254740991],
    ['InstallTime', '99999999999999999999', 'install_time', '99999999999999999999'],
    ['OOMAllocationSize', '9007199254740993', 'oom_allocation_size', '9007199254740993'],
    ['OOMAllocationSize', '18446744073709551615', 'oom_allocation_size', '18446744073709551615'],
    ['OOMAllocationSize', ' -9_223_372_036_854_775_809', 'oom_allocation_size', '-9223372036854775809'],
    ['OOMAllocationSize', 2 ** 64, 'oom_allocation_size', '18446744073709551616'],
    ['TotalPageFile', '+0018446744073709551615', 'total_page_file', '18446744073709551615'],
    ['UptimeTS', '12.5', 'uptime_ts', 12.5],
    ['UptimeTS', '1e3', 'uptime_ts', 1000],
    ['UptimeTS', '.5', 'uptime_ts', 0.5],
    ['TelemetryEnvironment', '{"a":1}', 'telemetry_environment', { a: 1 }],
    ['TelemetryEnvironment', { a: 1 }, 'telemetry_environment', { a: 1 }],
    ['JavaException', '{"exception":{}}', 'java_exception', { exception: {} }],
    [
      'JavaException',
      { exception: { values: [{ stacktrace: { frames: [{ module: null, other: 1 }], type: 'E' } }] } },
      'java_exception',
      { exception: { values: [{ stacktrace: { frames: [{ module: null, other: 1 }], type: 'E' } }] } },
    ],
    [
      'TelemetryEnvironment',
      '{"addons":{"theme":{"installDay":null,"new":[]}},"other":[1]}',
      'telemetry_environment',
      { addons: { theme: { installDay: null, new: [] } }, other: [1] },
    ],
    ['Marionette', '1', 'marionette', true],
  ])('turns %s %j into %s', (annotation, value, field, expected) => {
    expect(copyAnnotations({ [annotation]: value })).toEqual({
      fields: { ...fallbacks, [field]: expected },
      notes: [],
    })
  })

  test.each<[Record<string, unknown>, string]>([
    [{ Comments: 'a', comments: 'b', comments_: 'c' }, 'a'],
    [{ Comments: '', comments: null, comments_: 'c' }, 'c'],
    [{ Comments: '', comments: '' }, ''],
  ])('uses the first of several names that has a value: %j', (annotations, expected) => {
    expect(copyAnnotations(annotations).fields.user_comments).toBe(expected)
  })

  test.each<[string, unknown, string]>([
    ['StartupCrash', 'yes', 'StartupCrash has non-boolean value yes'],
    ['StartupCrash', '', 'StartupCrash has non-boolean value '],
    ['InstallTime', '12.5', 'InstallTime has a non-int value'],
    ['InstallTime', '', 'InstallTime has a non-int value'],
    ['InstallTime', '1__0', 'InstallTime has a non-int value'],
    ['InstallTime', '0x10', 'InstallTime has a non-int value'],
    ['UptimeTS', 'nan', 'UptimeTS has a non-float value'],
    ['UptimeTS', 'inf', 'UptimeTS has a non-float value'],
    ['UptimeTS', '1e999', 'UptimeTS has a non-float value'],
    ['UptimeTS', {}, 'UptimeTS has a non-float value'],
    ['ProductName', { a: 1 }, 'ProductName has a non-text value'],
    ['TelemetryEnvironment', '{', 'TelemetryEnvironment value is malformed json'],
    ['OOMAllocationSize', '1'.repeat(4301), 'OOMAllocationSize has a non-int value'],
    ...['5', 'null', '[1]', '{"build":[]}', '{"build":{"version":1}}', '{"system":{"os":"x"}}'].map(
      (value): [string, string, string] => [
        'TelemetryEnvironment',
        value,
        'TelemetryEnvironment value is malformed telemetry_environment',
      ],
    ),
    ...[
      [],
      { exception: null },
      { exception: { values: {} } },
      { exception: { values: [null] } },
      { exception: { values: [{ stacktrace: { frames: [{ lineno: '1' }] } }] } },
      { exception: { values: [{ stacktrace: { type: null } }] } },
    ].map((value): [string, unknown, string] => [
      'JavaException',
      value,
      'JavaException value is malformed java_exception',
    ]),
  ])('omits %s %j and notes it', (annotation, value, note) => {
    expect(copyAnnotations({ Version: '1', [annotation]: value })).toEqual({
      fields: { ...fallbacks, version: '1' },
      notes: [note],
    })
  })

  test('copies all other fields when one is invalid', () => {
    const names = copiedFields.map((each) => each.annotation)
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
        const good = Object.fromEntries(
          copiedFields.map(({ annotation, field }) => [annotation, goodValue(field.shape)]),
        )
        const { fields, notes } = copyAnnotations({ ...good, [name]: value })
        expect(Object.keys(fields).length).toBeGreaterThanOrEqual(copiedFields.length - 1)
        expect(notes.length).toBeLessThanOrEqual(1)
        expect(() => JSON.stringify(fields)).not.toThrow()
      }),
    )
  })
})

const goodValue = (shape: unknown) => (typeof shape === 'object' ? '{}' : '1')
