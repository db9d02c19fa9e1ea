// What commands print: tables, lines about damage and symbols, the formats of signatures; and the values of options.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { keptAny, keptLines, warnOfDamage } from '../../../batch/cli/damage-output.ts'
import { writeMissingSymbols } from '../../../batch/cli/missing-symbols-output.ts'
import { collect, collectDate, countOption } from '../../../batch/cli/options.ts'
import { printResult } from '../../../batch/cli/output.ts'
import { shardOf } from '../../../batch/cli/process-options.ts'
import { type SignedCrash, signatureFormats } from '../../../batch/cli/signature-output.ts'
import { symbolCacheFolder } from '../../../batch/cli/symbol-options.ts'
import { symbolWarnings } from '../../../batch/cli/symbol-warnings.ts'
import { textTable } from '../../../batch/cli/text-table.ts'
import { timeOption } from '../../../batch/cli/time-option.ts'
import type { BatchConfig } from '../../../batch/config.ts'

const written = { stdout: '', stderr: '' }
const { exitCode } = process
const wasTerminal = process.stdout.isTTY
beforeEach(() => {
  process.exitCode = undefined
  process.stdout.isTTY = false
  for (const name of ['stdout', 'stderr'] as const) {
    written[name] = ''
    vi.spyOn(process[name], 'write').mockImplementation((text, ...rest) => {
      written[name] += text
      const done = rest.at(-1)
      if (typeof done === 'function') done()
      return true
    })
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = exitCode
  process.stdout.isTTY = wasTerminal
})

const id = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'

describe('a table', () => {
  test('aligns cells, numbers to the right, and counts the rows', () => {
    const rows = [
      ['a', '1'],
      ['long', null],
      ['NULL', '22'],
      ['日本', '3'],
    ]
    expect(textTable(['name', 'n'], rows, [false, true])).toBe(
      [
        'name       n',
        '──────  ────',
        'a          1',
        'long    NULL',
        "'NULL'    22",
        '日本       3',
        '(4 rows)\n',
      ].join('\n'),
    )
  })

  test.each<[number, number | undefined, string]>([
    [0, undefined, '(0 rows)'],
    [1, undefined, '(1 row)'],
    [2, undefined, '(2 rows)'],
    [1, 1, '(1 row)'],
    [0, 1, '(first 0 of 1 row)'],
    [1, 2, '(first 1 of 2 rows)'],
  ])('of %d rows of %j ends in %s', (shown, total, end) => {
    const rows = Array.from({ length: shown }, () => ['x'])
    expect(textTable(['n'], rows, [false], total).trimEnd().split('\n').at(-1)).toBe(end)
  })

  test.each([
    ['x'.repeat(100), 'x'.repeat(100)],
    ['x'.repeat(101), `${'x'.repeat(99)}…`],
    ['👩‍👩‍👧'.repeat(100), '👩‍👩‍👧'.repeat(100)],
    ['👩‍👩‍👧'.repeat(101), `${'👩‍👩‍👧'.repeat(99)}…`],
    ['a\n\t b\u001b', 'a b\\u001b'],
  ])('shows the cell %j', (text, cell) => {
    expect(textTable(['n'], [[text]], [false]).split('\n')[2]).toBe(cell)
  })
})

describe('crashes and files that could not be read', () => {
  const kept = { unreadable: [], failed: [], dumps_dropped: [], lost_threads: [] }
  const ids = (count: number) => Array.from({ length: count }, (_, i) => `i${i}`)

  test.each<[Partial<Parameters<typeof keptLines>[0]>, string[]]>([
    [{}, []],
    [
      { unreadable: [id] },
      [
        `raw/20261122/${id} is damaged (it cannot be read; its processed crash is kept): restore it from a backup`,
      ],
    ],
    [{ failed: ['a'] }, ['a could not be processed again; its processed crash is kept']],
    [{ lost_threads: [{ crash_id: 'a', why: 'it hung' }] }, ['a cost a thread: it hung']],
    [
      { dumps_dropped: ids(20) },
      [`20 crashes keep their stacks, because their dumps were dropped: ${ids(20).join(', ')}`],
    ],
    [
      { dumps_dropped: ids(22) },
      [`22 crashes keep their stacks, because their dumps were dropped: ${ids(20).join(', ')}, and 2 more`],
    ],
  ])('%j', (report, lines) => {
    const found = keptLines({ ...kept, ...report })
    if (lines[0]?.startsWith('raw/'))
      expect(found[0]).toContain(lines[0].slice(0, -'restore it from a backup'.length))
    else expect(found).toEqual(lines)
  })

  test.each([
    [[], [], false],
    [['a'], [], true],
    [[], ['a'], true],
  ])('%j unreadable and %j failed: %j', (unreadable, failed, any) => {
    expect(keptAny({ unreadable, failed })).toBe(any)
  })

  test('damaged tables are named on standard error, and fail the command', () => {
    warnOfDamage({ damaged: new Map() })
    expect([written.stderr, process.exitCode]).toEqual(['', undefined])
    const key = 'tables/crashes/date=2026-10-21/0.parquet'
    warnOfDamage({ damaged: new Map([[key, { key, why: 'cut', moved_to: 'damaged/0' }]]) })
    expect(written.stderr).toBe(`mayday: skipped: ${key} was damaged (cut): it was moved to damaged/0\n`)
    expect(process.exitCode).toBe(1)
  })
})

describe('missing symbols', () => {
  const module = (name: string) => ({
    ...{
      debug_file: `${name}.pdb`,
      debug_id: '1A',
      filename: `${name},1.dll`,
      code_id: 'c0',
      count: 3,
      weighted: 12.6,
    },
    ...{ products: ['A', 'B\u001b'], first_seen: '2026-10-01', last_seen: '2026-10-21' },
  })
  async function* modules() {
    for (const name of ['a', 'b', 'c']) yield module(name)
  }

  test('as CSV are the columns of Tecken', async () => {
    await writeMissingSymbols(modules(), { format: 'csv', limit: 2 })
    expect(written.stdout).toBe(
      'debug_file,debug_id,code_file,code_id\r\na.pdb,1A,"a,1.dll",c0\r\nb.pdb,1A,"b,1.dll",c0\r\n',
    )
  })

  test('as JSON are a line each', async () => {
    await writeMissingSymbols(modules(), { format: 'json', limit: 9 })
    const lines = written.stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    const { filename, ...others } = module('a')
    expect(JSON.parse(lines[0]!)).toEqual({ code_file: filename, ...others })
  })

  test('as a table have counts, right-aligned', async () => {
    await writeMissingSymbols(modules(), { format: 'table', limit: 1 })
    expect(written.stdout).toBe(
      [
        'debug_file  debug_id  code_file  code_id  crashes  weighted  products    first_seen  last_seen',
        '──────────  ────────  ─────────  ───────  ───────  ────────  ──────────  ──────────  ──────────',
        'a.pdb       1A        a,1.dll    c0             3        13  A, B\\u001b  2026-10-01  2026-10-21',
        '(1 row)\n',
      ].join('\n'),
    )
  })

  test('on a terminal have no control characters', async () => {
    process.stdout.isTTY = true
    await writeMissingSymbols(
      (async function* () {
        yield { ...module('a'), debug_file: '\u001b[2J' }
      })(),
      { format: 'csv', limit: 1 },
    )
    expect(written.stdout).toContain('\\u001b[2J,1A')
    expect(written.stdout).not.toContain('\u001b')
  })
})

describe('warnings about symbols', () => {
  const reasons = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${i}`, i + 1]))
  const end = 'mayday: After fixing this, run: mayday reprocess --missing-symbols, with the same --symbols\n'
  const line = (i: number) =>
    `mayday: r${i}; symbols of ${i + 1} ${i === 0 ? 'crash' : 'crashes'} may be missing\n`
  const lines = (...all: number[]) => all.map(line).join('')

  test.each([
    [0, ''],
    [2, `${lines(1, 0)}${end}`],
    [5, `${lines(4, 3, 2, 1, 0)}${end}`],
    [6, `${lines(5, 4, 3, 2, 1)}mayday: And 1 other reasons; --json lists all\n${end}`],
  ])('of %d reasons', (count, text) => expect(symbolWarnings(reasons(count))).toBe(text))
})

describe('a signature', () => {
  const result = {
    ...{ signature: 'f`g', notes: ['n1', `n"'2`], debug_log: ['d'], steps: [{ rule: 'R', what: 'w' }] },
    extra: { proto_signature: 'f | g', normalized_frames: ['f', 'g'] },
  }
  const crash: SignedCrash = { name: 'x', crashId: id, original: 'old', result }
  const bare: SignedCrash = {
    ...{ name: '7', crashId: null, original: 'g' },
    result: { signature: 'g', notes: [], debug_log: [], steps: [], extra: {} },
  }
  const write = (format: string, one: SignedCrash, verbose = false) =>
    signatureFormats[format]!.write(one, verbose)

  test('as text', () => {
    expect(write('text', bare, true)).toBe('Crash id: 7\nOriginal: g\nNew:      g\nSame?:    True\n')
    const short =
      'Crash id: x\nOriginal: old\nNew:      f`g\nSame?:    False\nNotes:    (2)\n          n1\n          n"\'2\n'
    expect(write('text', crash)).toBe(short)
    expect(write('text', crash, true)).toBe(
      `${short}Steps:    (1)\n          R: w\nFrames:\n          f\n          g\n`,
    )
  })

  test('as JSON', () => {
    expect(JSON.parse(write('json', bare))).toEqual({ signature: 'g', proto_signature: '', notes: [] })
    const short = { crash_id: id, signature: 'f`g', proto_signature: 'f | g', notes: result.notes }
    expect(JSON.parse(write('json', crash))).toEqual(short)
    const { debug_log, extra, steps } = result
    expect(JSON.parse(write('json', crash, true))).toEqual({
      ...{ ...short, original_signature: 'old', extra, debug_log, steps },
    })
    expect(write('json', bare)).toMatch(/\}\n$/)
  })

  test('as CSV', () => {
    expect(signatureFormats.csv!.head).toBe('"crashid","old","new","same?","notes"\r\n')
    expect(write('csv', bare)).toBe('"7","g","g","True","[]"\r\n')
    expect(write('csv', crash)).toBe(`"x","old","f\`g","False","['n1', 'n""\\'2']"\r\n`)
  })

  test('as Markdown', () => {
    const start = (name: string, old: string, now: string, same: string) =>
      `**Crash id:** ${name}\n**Original:** \`${old}\`\n**New:** \`${now}\`\n**Same?:** ${same}\n`
    expect(write('markdown', bare)).toBe(`${start('7', 'g', 'g', 'True')}**Notes:** (0)\n\n`)
    const short = `${start('x', 'old', 'f\\`g', 'False')}**Notes:** (2)\n\n* n1\n* n"'2\n\n`
    expect(write('markdown', crash)).toBe(short)
    expect(write('markdown', crash, true)).toBe(`${short}**Steps:**\n\n* w\n\n`)
  })

  test('of crashes that cannot be read is an error in JSON only; crashes are set apart in text and Markdown', () => {
    const all = Object.entries(signatureFormats).map(([name, format]) => [
      ...[name, format.failed('x', 'gone'), format.between],
    ])
    expect(all).toEqual([
      ['text', '', '\n'],
      ['json', '{"error":"x: gone"}\n', ''],
      ['csv', '', ''],
      ['markdown', '', '\n'],
    ])
    expect(Object.values(signatureFormats).filter(({ head }) => head !== '')).toHaveLength(1)
  })
})

describe('the value of an option', () => {
  test.each<[string, number | null]>([
    ['0', null],
    ['1', 1],
    ['256', 256],
    ['257', null],
    ['1.5', null],
    ['x', null],
  ])('that is a number from 1 to 256: %s', (text, value) => {
    const parse = () => countOption('--workers', 1, 256)(text)
    if (value !== null) expect(parse()).toBe(value)
    else expect(parse).toThrow(`--workers must be a number from 1 to 256, not '${text}'`)
  })

  test.each<[string, number | null]>([
    ['1ms', 1],
    ['30s', 30_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['0s', null],
    ['10', null],
    ['1d', null],
    ['-1s', null],
    ['1234567890s', null],
  ])('that is a time: %s', (text, ms) => {
    const parse = () => timeOption('--every')(text)
    if (ms !== null) expect(parse()).toBe(ms)
    else expect(parse).toThrow(`--every must be a time above 0 like 30s, 10m or 1h, not '${text}'`)
  })

  test('that is a date has one of two forms', () => {
    expect(collectDate('20261021', collectDate('2026-10-20'))).toEqual(['2026-10-20', '2026-10-21'])
    for (const text of ['2026-02-30', '202610211', 'today'])
      expect(() => collectDate(text)).toThrow(`A date must have the form YYYY-MM-DD, not '${text}'`)
  })

  test('that is repeated is added', () => expect(collect('b', collect('a'))).toEqual(['a', 'b']))

  test('that is a shard overrides the environment', () => {
    const config = (shard: string | null) => ({ shard }) as BatchConfig
    expect(shardOf({}, config(null))).toEqual({ index: 0, count: 1 })
    expect(shardOf({}, config('1/2'))).toEqual({ index: 1, count: 2 })
    expect(shardOf({ shard: '2/3' }, config('1/2'))).toEqual({ index: 2, count: 3 })
  })

  test.each<[string | boolean | undefined, string | null]>([
    [undefined, '/cache/symdex'],
    [true, '/cache/symdex'],
    ['/mine', '/mine'],
    [false, null],
  ])('that is a cache of symbols: %j', (symbolCache, folder) => {
    expect(symbolCacheFolder(symbolCache === undefined ? {} : { symbolCache }, '/cache')).toBe(folder)
  })
})

test.each<[object, boolean | undefined, string, number | undefined]>([
  [{}, undefined, 'text\n', undefined],
  [{}, true, 'text\n', 1],
  [{ json: true }, false, '{"a":1}\n', undefined],
])('a result with %j that failed: %j', (options, failed, text, code) => {
  printResult(options, { report: { a: 1 }, text: 'text\n', ...(failed !== undefined && { failed }) })
  expect([written.stdout, process.exitCode]).toEqual([text, code])
})
