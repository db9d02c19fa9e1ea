// What the commands of rounds print about what they did.
import { describe, expect, test } from 'vitest'
import { reportText as aggregated } from '../../../../batch/commands/rounds/aggregate.ts'
import {
  auditText,
  dumpsText,
  reportText as expired,
  symbolsText,
} from '../../../../batch/commands/rounds/expire.ts'
import { reportText as expunged } from '../../../../batch/commands/rounds/expunge.ts'
import { reportText as processed } from '../../../../batch/commands/rounds/process.ts'
import { reportText as published } from '../../../../batch/commands/rounds/publish.ts'
import { movesText, reportText as reprocessed } from '../../../../batch/commands/rounds/reprocess.ts'
import { reportText as verified } from '../../../../batch/commands/rounds/verify.ts'

/** Part of a report: what the text does not use is omitted. */
const part = <T>(report: object) => report as T
const moved = { key: 'k', why: 'cut', moved_to: 'quarantine/k' }

type Aggregated = Parameters<typeof aggregated>[0]
test.each<[object, number, string]>([
  [{ documents: 7, to: '2026-10-21', damaged: [] }, 0, 'Wrote 7 documents up to 2026-10-21.\n'],
  [
    { documents: 2, to: null, damaged: [] },
    1,
    'Wrote 2 documents without crashes; run mayday process first.\nWrote 1 search file.\n',
  ],
  [
    { documents: 7, to: '2026-10-21', damaged: [moved] },
    2,
    'Wrote 7 documents up to 2026-10-21.\nWrote 2 search files.\nk was damaged (cut): it was moved to quarantine/k\n',
  ],
])('aggregate prints %j with %d search files', (report, written, text) => {
  expect(aggregated(part<Aggregated>(report), written)).toBe(text)
})

describe('expire prints', () => {
  test.each([
    [false, 'Removed'],
    [true, 'Would remove'],
  ])('with dry run %j what it %s', (dryRun, verb) => {
    const counts = { reports: 1, documents: 2, protected_rows: 3, rows: 4, aggregate_rows: 5 }
    expect(expired(part<Parameters<typeof expired>[0]>(counts), dryRun)).toBe(
      `${verb} 1 reports, 2 processed crashes, 3 protected rows, 4 public rows, 5 rows of counts.\n`,
    )
    expect(symbolsText({ symbols: 0, try_symbols: 0, staged: 0 }, dryRun)).toBe('')
    for (const [symbols, try_symbols, staged] of [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ] as const)
      expect(symbolsText({ symbols, try_symbols, staged }, dryRun)).toBe(
        `${verb} ${symbols} objects of symbols, ${try_symbols} of try builds, ${staged} of interrupted uploads.\n`,
      )
    expect(auditText({ days: 0, batches: 0 }, dryRun)).toBe('')
    expect(auditText({ days: 2, batches: 9 }, dryRun)).toBe(`${verb} the audit of 2 days, 9 batches.\n`)
  })

  test('the dumps that it drops, and why others are kept', () => {
    const report = { crashes: 3, bytes: 1_550_000, skipped: 0, kept: { recent: 1, symbols: 2, listed: 4 } }
    const dropped = (changes: object, dryRun: boolean) =>
      dumpsText(part<Parameters<typeof dumpsText>[0]>({ ...report, ...changes }), dryRun)
    const rest =
      'Beyond the number kept, these keep their dumps: 1 processed recently, 2 without all symbols, 4 on the dashboard.'
    expect(dropped({}, false)).toBe(`Dropped the dumps of 3 crashes: 1.6 MB. ${rest}\n`)
    expect(dropped({ skipped: 5 }, true)).toBe(
      `Would drop the dumps of 3 crashes: at most 1.6 MB. ${rest} 5 were skipped: run mayday verify --deep.\n`,
    )
  })
})

test.each([
  [[], [], '  nothing found\n'],
  [
    ['raw/x', 'crashes'],
    ['y'],
    '  deleted from raw/x\n  deleted from crashes\n  the same report is stored as y\n',
  ],
])('expunge prints that it removed %j, and that %j are the same report', (removed, same_report, text) => {
  expect(expunged(part<Parameters<typeof expunged>[0]>({ crash_id: 'id', removed, same_report }))).toBe(
    `id\n${text}`,
  )
})

const none = { unreadable: [], failed: [], dumps_dropped: [], lost_threads: [], damaged: [], vanished: 0 }

test.each<[object, string]>([
  [{ planned: 0 }, 'Nothing to process: all stored reports are processed.\n'],
  [
    { planned: 3, processed: 2, dates: ['2026-10-20', '2026-10-21'], ms: 1250, vanished: 1 },
    'Processed 2 of 3 crashes of 2026-10-20, 2026-10-21 in 1.3 s.\n1 reports are not in the store.\n',
  ],
  [
    { planned: 1, processed: 1, dates: ['2026-10-21'], ms: 40, failed: ['a'], damaged: [moved] },
    'Processed 1 of 1 crashes of 2026-10-21 in 0.0 s.\na could not be processed again; its processed crash is kept\nk was damaged (cut): it was moved to quarantine/k\n',
  ],
])('process prints %j', (report, text) => {
  expect(processed(part<Parameters<typeof processed>[0]>({ ...none, ...report }))).toBe(text)
})

test.each<[object, string]>([
  [{ published: [], removed: 0 }, 'Nothing new to publish, at file:/x/iceberg/.\n'],
  [
    { published: ['crashes'], files: 1, bytes: 1_250_000, removed: 3 },
    'Published crashes: 1 file, 1.3 MB, at file:/x/iceberg/. Deleted 3 objects that nothing refers to.\n',
  ],
  [
    { published: ['crashes', 'modules'], files: 2, bytes: 0, removed: 0 },
    'Published crashes, modules: 2 files, 0.0 MB, at file:/x/iceberg/.\n',
  ],
])('publish prints %j', (report, text) => {
  expect(published(part<Parameters<typeof published>[0]>(report), 'file:/x')).toBe(text)
})

describe('reprocess prints', () => {
  test.each<[object, number | null, string]>([
    [{}, null, 'Processed 4 crashes again in 2.0 s.\n'],
    [
      { vanished: 2, failed: ['a'] },
      3,
      'Symbols of 3 modules are now available. Processed 4 crashes again in 2.0 s. 2 are no longer in the store.\na could not be processed again; its processed crash is kept\n',
    ],
  ])('%j with %j modules', (report, modules, text) => {
    const all = { ...none, processed: 4, ms: 2000, ...report }
    expect(reprocessed(part<Parameters<typeof reprocessed>[0]>(all), modules)).toBe(text)
  })

  const preview = { looked_at: 20, moved: 12, retold: 3, vanished: 0, unreadable: [] as string[] }
  test('the moves between signatures, aligned', () => {
    const moves = [
      { crashes: 11, from: 'f\u001b', to: 'g', example: 'a' },
      { crashes: 1, from: '', to: 'h', example: 'b' },
    ]
    expect(movesText({ ...preview, moves })).toBe(
      [
        'Of 20 crashes 12 move to another signature, 3 keep it but change their steps, 5 stay unchanged.',
        '  11  f\\u001b',
        '    → g  (as a)',
        '   1  (none)',
        '    → h  (as b)\n',
      ].join('\n'),
    )
  })

  test.each([
    [0, 0],
    [50, 0],
    [51, 1],
  ])('of %d moves all but %d', (count, more) => {
    const moves = Array.from({ length: count }, (_, i) => ({
      crashes: 1,
      from: `f${i}`,
      to: 'g',
      example: 'a',
    }))
    const lines = movesText({ ...preview, moves }).split('\n')
    expect(lines.filter((line) => line.includes('→'))).toHaveLength(count - more)
    expect(lines.at(-2)!.includes('other moves')).toBe(more > 0)
    if (more > 0) expect(lines.at(-2)).toBe(`  and ${more} other moves; --json lists all`)
  })

  test('the crashes that could not be compared', () => {
    expect(movesText({ ...preview, moved: 0, retold: 0, vanished: 2, unreadable: ['a'], moves: [] })).toBe(
      [
        'Of 20 crashes 0 move to another signature, 0 keep it but change their steps, 17 stay unchanged.',
        '2 no longer have a processed crash and stay unchanged.',
        'The processed crash of a cannot be read; run mayday reprocess --crash-id a\n',
      ].join('\n'),
    )
  })
})

describe('verify prints', () => {
  const id = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'
  const report = { crashes: 2, dates: ['2026-10-21'], settled: 0, findings: [], damaged: [], published: [] }
  const finding = { crash_id: id, date: '2026-11-22', kind: 'missing', where: 'w' }
  const lost = { kind: 'dangling', key: 'iceberg/crashes/x', why: 'gone' }
  test.each<[object, string]>([
    [{}, 'All consistent: 2 reports of 1 day.\n'],
    [
      { crashes: 1, dates: [], settled: 1 },
      'All consistent: 1 report of 0 days (not checked: 1 settled day).\n',
    ],
    [
      { findings: [finding], settled: 4 },
      `${id}  missing in w: run mayday process\n1 finding in 2 reports of 1 day (not checked: 4 settled days).\n`,
    ],
    [
      { findings: [finding], damaged: [moved] },
      `k was damaged (cut): it was moved to quarantine/k\n${id}  missing in w: run mayday process\n2 findings in 2 reports of 1 day.\n`,
    ],
    [
      { published: [lost] },
      'iceberg/crashes/x is dangling (gone): delete the objects below iceberg/crashes/ in the bucket lake, then run mayday publish\n1 finding in 2 reports of 1 day.\n',
    ],
  ])('%j', (changes, text) => {
    expect(verified(part<Parameters<typeof verified>[0]>({ ...report, ...changes }))).toBe(text)
  })
})
