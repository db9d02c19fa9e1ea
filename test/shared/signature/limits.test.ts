// Signatures of texts at the limits that bound their cost.
import { describe, expect, test } from 'vitest'
import type { CrashData } from '../../../shared/signature/crash-data.ts'
import { javaStackSignature } from '../../../shared/signature/java.ts'
import { listsFromFiles } from '../../../shared/signature/lists.ts'
import { mayBeDeep, readJson } from '../../../shared/signature/python-compat/json.ts'
import { parseInteger } from '../../../shared/signature/python-compat/python.ts'
import { annotationText, excerpt } from '../../../shared/signature/rule.ts'
import { generateSignature } from '../../../shared/signature/signature.ts'

const generated = (data: object) => generateSignature(data as CrashData)
const framesOf = (...names: string[]) =>
  generated({ threads: [{ frames: names.map((name) => ({ function: name })) }] }).extra.normalized_frames
const x = (length: number) => 'x'.repeat(length)

describe('long names of functions', () => {
  test.each([
    ['of 1,024 units are free', [x(1024), x(262_144), x(1025)], [1024, 262_144, 1024]],
    ['together have 262,144 units', [x(261_119), x(1025), x(1025)], [261_119, 1025, 1024]],
    ['beyond are cut to 1,024 units', [x(261_120), x(1025)], [261_120, 1024]],
    ['that are too long alone are cut', [x(262_145), x(1024)], [1024, 1024]],
  ])('%s', (_, names, lengths) => {
    expect(framesOf(...names)?.map(({ length }) => length)).toEqual(lengths)
  })

  const traits = (levels: number, length: number) =>
    `${'IPC::ParamTraits<'.repeat(levels)}${x(length - 18 * levels)}${'>'.repeat(levels)}`
  test.each([
    ['levels', traits(330, 5958), traits(331, 5958)],
    // The text of each level is read: four times its length, less what the levels take.
    ['units', traits(3, 250_027), traits(3, 250_028)],
  ])('with traits have limited %s', (_, within, beyond) => {
    expect(framesOf(within)?.[0] === within).toBe(true)
    expect(generated({ threads: [{ frames: [{ function: beyond }] }] }).notes).toEqual([
      'SignatureGenerationRule: Rule failed: maximum recursion depth exceeded',
    ])
  })
})

describe('annotations', () => {
  test('are read up to 65,536 units', () => {
    expect([65_535, 65_536, 65_537].map((length) => annotationText(x(length)).length)).toEqual([
      ...[65_535, 65_536, 65_536],
    ])
    expect(annotationText(5)).toBe('5')
  })

  test.each([
    [100, false],
    [101, true],
  ])('of a channel error are cut after 100 characters: %d', (length, isCut) => {
    const { signature } = generated({ ipc_channel_error: 'e'.repeat(length) })
    expect(signature).toBe(`IPCError-content | ${'e'.repeat(isCut ? 100 : length)}`)
  })

  test('of a shutdown are read up to 262,144 units', () => {
    const signatureOf = (length: number) => {
      const json = '{"phase":"p"}'
      return generated({ async_shutdown_timeout: json.padEnd(length) }).signature
    }
    expect(signatureOf(262_144)).toBe('AsyncShutdownTimeout | p | (none)')
    expect(signatureOf(262_145)).toBe('AsyncShutdownTimeout | UNKNOWN')
  })

  test.each([
    ['###!!! ABORT: a: file b', 'Abort | a |'],
    ['###!!! ABORT:: file b', 'Abort | |'],
    ['###!!! ABORT: file b', 'Abort |'],
    [': file b', 'Abort | |'],
    ['x###!!! ABORT: a', 'Abort | a |'],
    ['a unable to find a usable font () b', 'Abort | a unable to find a usable font b |'],
    ['()unable to find a usable font', 'Abort | unable to find a usable font |'],
  ])('of an abort, %s, lose their file', (message, start) => {
    const { signature } = generated({ abort_message: message, threads: [{ frames: [{ function: 'f' }] }] })
    expect(signature).toBe(`${start} f`)
  })
})

describe('the frames of a stack', () => {
  const frames = (count: number) => Array.from({ length: count }, (_, i) => ({ function: `f${i}` }))
  const textsOf = (given: object[]) => generated({ threads: [{ frames: given }] }).extra.normalized_frames

  test('are read up to forty', () => {
    expect(textsOf(frames(39))).toHaveLength(39)
    expect(textsOf(frames(40))?.at(-1)).toBe('f39')
    expect(textsOf(frames(41))).toEqual(textsOf(frames(40)))
  })

  test('count with the functions inside them', () => {
    const inlines = [{ function: 'a' }, { function: 'b' }]
    const last = { function: 'outer', inlines }
    expect(textsOf([...frames(37), last])?.slice(37)).toEqual(['a', 'b', 'outer'])
    expect(textsOf([...frames(38), last])?.slice(37)).toEqual(['f37', 'a', 'b'])
    expect(textsOf([...frames(39), last])?.slice(37)).toEqual(['f37', 'f38', 'a'])
  })
})

describe('entries of lists in steps', () => {
  test('have up to 60 units', () => {
    const entries = [60, 61].map((length) => ({ role: 'prefix', is: x(length), reason: 'known' }))
    const lists = listsFromFiles([{ topic: 'tests', entries }], { title: 'tests' })
    const data = { threads: [{ frames: [{ function: x(60) }, { function: x(61) }] }] }
    const { steps } = generateSignature(data, { lists, explain: true })
    expect(steps.slice(0, 2).map(({ what }) => what)).toEqual([
      `selected ${x(60)} and continued: known (tests: ${x(60)})`,
      `selected ${x(61)} and continued: known (tests: ${x(60)}…)`,
    ])
  })
})

describe('excerpts in steps', () => {
  test('have up to 255 units, and no half of a character', () => {
    expect(excerpt(x(255))).toBe(x(255))
    expect(excerpt(x(256))).toBe(`${x(255)}…`)
    expect(excerpt(`${x(254)}\u{1f600}`)).toBe(`${x(254)}\ufffd…`)
  })
})

describe('Java', () => {
  const signatureOf = (trace: string) => javaStackSignature(trace, 'mayday')
  const method = 'at a.b(C)'

  test('signatures have the description up to 255 characters', () => {
    const description = (length: number) => x(length - `E: ${method} `.length)
    const within = signatureOf(`E: ${description(255)}\n\t${method}`)
    expect(within).toEqual({ signature: `E: ${description(255)} ${method}`, notes: [] })
    expect(signatureOf(`E: ${description(256)}\n\t${method}`)).toEqual({
      signature: `E: ${method}`,
      notes: ['JavaSignatureTool: dropped Java exception description due to length'],
    })
  })

  test.each<[string, string, string[]]>([
    ['E', 'E', ['stack trace line 1 is not in the expected format', 'stack trace line 2 is missing']],
    ['E: d', 'E: d', ['stack trace line 2 is missing']],
    [': d', 'd', ['stack trace line 2 is missing']],
    ['E: d\n ', 'E: d', ['stack trace line 2 is empty']],
    ['E: d\nm', 'E: d m', []],
    ['E: d\nm\nn', 'E: d m', []],
  ])('traces such as %j have these notes', (trace, signature, notes) => {
    expect(signatureOf(trace)).toEqual({
      signature,
      notes: notes.map((note) => `JavaSignatureTool: ${note}`),
    })
  })

  test('traces are read up to 131,072 units', () => {
    const second = (length: number) => signatureOf(`E: d${' '.repeat(length - 4)}\nabc`).signature
    expect([131_068, 131_069, 131_070, 131_071].map(second)).toEqual([
      ...['E: d abc', 'E: d ab', 'E: d a', 'E: d'],
    ])
  })

  test.each<[object, string]>([
    [{ module: 5, function: 'f' }, 'sequence item 0: expected str instance, int found'],
    [{ module: 'm', function: 5 }, 'sequence item 1: expected str instance, int found'],
  ])('frames of another type, %j, fail the rule', (frame, message) => {
    const java_exception = { exception: { values: [{ stacktrace: { type: 'T', frames: [frame] } }] } }
    expect(generated({ java_exception }).notes).toEqual([`SignatureGenerationRule: Rule failed: ${message}`])
  })
})

describe("Python's values", () => {
  test('are nested up to 993 levels', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    expect([993, 994].map((levels) => mayBeDeep(nested(levels)))).toEqual([false, true])
    expect([496, 497].map((pairs) => mayBeDeep('[{'.repeat(pairs)))).toEqual([false, true])
    expect(() => readJson(nested(993))).not.toThrow()
    expect(() => readJson(nested(994))).toThrow('maximum recursion depth exceeded')
    const beside = `[${'[],{"a":{}},'.repeat(1000)}0]`
    expect((readJson(beside) as unknown[]).length).toBe(2001)
  })

  test('have integers of up to 4,300 digits', () => {
    expect(parseInteger('9'.repeat(4300), 10)).toBe(10n ** 4300n - 1n)
    expect(() => parseInteger('9'.repeat(4301), 10)).toThrow('Exceeds the limit (4300 digits)')
    expect(parseInteger('f'.repeat(4301), 16)).toBe(16n ** 4301n - 1n)
  })

  test.each([
    ['"\u001f"', 'Invalid control character at: line 1 column 2 (char 1)'],
    ['"\u0000"', 'Invalid control character at: line 1 column 2 (char 1)'],
  ])('cannot have a control character in a text: %j', (text, message) => {
    expect(() => readJson(text)).toThrow(message)
    expect(readJson('"\u0020\u007f"')).toBe(' \u007f')
  })
})
