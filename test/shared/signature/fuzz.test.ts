import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CrashData } from '../../../shared/signature/crash-data.ts'
import { compats } from '../../../shared/signature/lists.ts'
import { generateSignature } from '../../../shared/signature/signature.ts'

/** Signatures are short and printable, and generating them never throws. */
function expectSound(data: unknown): void {
  for (const compat of compats) {
    const { signature, notes } = generateSignature(data as CrashData, {
      compat,
      explain: compat === 'mayday',
    })
    expect(signature.length).toBeLessThanOrEqual(255)
    expect(signature).toMatch(/^[ -~]*$/)
    expect(signature).toBe(signature.trim())
    expect(signature).not.toContain('  ')
    for (const note of notes) expect(note).toMatch(/^[A-Za-z]+: /)
  }
}

const crash = (frames: unknown) => ({ crashing_thread: 0, threads: [{ frames }] })
const marks = [
  '<',
  '>',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '`',
  "'",
  ' ',
  '::',
  'operator',
  ',',
  '&',
  '*',
  '$_1',
  '\n',
]
const name = fc.string({
  unit: fc.oneof(fc.constantFrom(...marks), fc.string({ unit: 'binary', maxLength: 3 })),
  maxLength: 60,
})
const frame = fc.record(
  {
    function: fc.option(name),
    file: fc.option(fc.constantFrom('/a.rs', 'c:\\b.cpp', 'hg:h:src/x.rs:r', '')),
    line: fc.option(fc.integer()),
    module: fc.option(name),
    offset: fc.option(fc.constantFrom('0x0', '0x12', 'zz')),
    inlines: fc.option(fc.array(fc.record({ function: name }), { maxLength: 3 })),
  },
  { requiredKeys: [] },
)

const keys = [
  'crashing_thread',
  'threads',
  'os',
  'reason',
  'java_stack_trace',
  'java_exception',
  'mdsw_status_string',
  'oom_allocation_size',
  'js_large_allocation_failure',
  'abort_message',
  'async_shutdown_timeout',
  'ipc_channel_error',
  'ipc_message_name',
  'additional_minidumps',
  'hang',
]

describe('generateSignature', () => {
  test('generates a signature for any frames', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 50 }), (frames) => expectSound(crash(frames))),
      { seed: 1, numRuns: 500 },
    )
  })

  test('generates a signature for any values of any shape', () => {
    const data = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 4 }))
    fc.assert(fc.property(data, expectSound), { seed: 2, numRuns: 1000 })
  })

  test('generates a signature for frames of any shape', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (frames) => expectSound(crash(frames))),
      { seed: 3, numRuns: 500 },
    )
  })

  const large = 100_000
  let unicode = ''
  for (let code = 0; code <= 0x10ffff; code += 7) unicode += String.fromCodePoint(code)

  test.each<[string, string]>([
    ['a name of 100 kB', 'x'.repeat(large)],
    ['spaces', ' '.repeat(large)],
    ['words', 'a '.repeat(large / 2)],
    ['words that are rejoined', '(a) '.repeat(large / 4)],
    ['open brackets', '<'.repeat(large)],
    ['closing brackets', '>'.repeat(large)],
    ['mixed brackets that do not match', '<([{`'.repeat(large / 5)],
    ['10,000 nested templates', `${'a<'.repeat(10_000)}${'>'.repeat(10_000)}`],
    ['10,000 nested traits', `${'IPC::ParamTraits<'.repeat(10_000)}${'>'.repeat(10_000)}`],
    ['traits side by side', 'IPC::ParamTraits<a>'.repeat(large / 20)],
    ['lambdas', '::$_1'.repeat(large / 5)],
    ['half a hash', '::h0'.repeat(large / 4)],
    ['hashes', `::h${'0'.repeat(large)}g`],
    ['commas', ','.repeat(large)],
    ['qualifiers', ' const &'.repeat(large / 8)],
    ['cold clones', '[clone .cold]'.repeat(large / 13)],
    ['operators', '::operator'.repeat(large / 10)],
    ['texts that lists match', 'fre abor callo Hashtabl '.repeat(large / 24)],
    ['all of Unicode', unicode],
  ])('bounds %s, in one frame and in forty', (_, text) => {
    expectSound(crash([{ function: text }]))
    expectSound(crash(Array(40).fill({ function: text })))
    expectSound(
      crash([{ function: text, file: '/a.rs' }, { module: text }, { file: text, line: 1 }, { offset: text }]),
    )
  })

  test.each(keys)('bounds %s of a megabyte', (key) => {
    for (const text of ['x'.repeat(1 << 20), ' \n'.repeat(1 << 19), 'é: file ('.repeat(1 << 17)]) {
      expectSound({ ...crash([{ function: 'foo' }]), [key]: text })
    }
  })

  test('bounds large and deep shutdown timeouts', () => {
    for (const text of [
      '['.repeat(200_000),
      `{"conditions":[${'1,'.repeat(100_000)}1]}`,
      '{"a":'.repeat(5000),
    ]) {
      expectSound({ ...crash([{ function: 'foo' }]), async_shutdown_timeout: text })
    }
  })
})
