// What the commands of setup print, and what they start with which settings.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { describeSamples, whatToSee } from '../../../../batch/commands/setup/dev.ts'
import { edgeSettings, roundArgs, urlOf, watched } from '../../../../batch/commands/setup/serve.ts'
import { addedText } from '../../../../batch/commands/setup/symbol-store.ts'

afterEach(() => vi.unstubAllEnvs())

describe('dev', () => {
  const outcome = { sent: 0, stored: ['a', 'b', 'c'], known: 0, refused: {}, failed: [], earlier: null }
  test.each<[object, string]>([
    [{ earlier: '2026-10-20' }, '3 stored since 2026-10-20; none sent'],
    [{ sent: 3 }, '3 sent, 3 stored'],
    [
      { sent: 9, known: 1, refused: { no_match: 2, malformed: 1 }, failed: ['x'] },
      '9 sent, 2 stored, 1 already stored, 2 no_match, 1 malformed, FAILED x',
    ],
  ])('describes the samples %j', (changes, text) => {
    expect(describeSamples({ ...outcome, ...changes })).toBe(text)
  })

  test('names what to see', () => {
    const lines = (stored: string[]) => whatToSee('http://h', { ...outcome, stored }, 'r2:local').split('\n')
    expect(lines(['a', 'b'])).toEqual([
      '',
      '  Dashboard     http://h/',
      '  One report    http://h/report/index/a',
      '  Ask           npm run -s mayday -- sql --store r2:local "select product, signature, count(*) n from crashes group by all order by n desc limit 5"',
      '  Search        http://h/api/SuperSearch/?product=Ledger&_facets=platform&pretty=print',
      '  Send another  curl -F ProductName=Ledger -F Version=3.0.0 -F upload_file_minidump=@test/fixtures/synthetic/windows-amd64-null-read.dmp http://h/submit',
      '                npm run -s mayday -- process --store r2:local && npm run -s mayday -- aggregate --store r2:local',
      '',
    ])
    expect(lines([])[2]).toBe('  One report    http://h/report/index/')
  })
})

describe('serve', () => {
  test.each<[object, string[]]>([
    [{}, []],
    [{ publish: false }, ['--no-publish']],
    [
      { symbols: ['a', 'b'], workers: 2, products: 'p' },
      ['--symbols', 'a', '--symbols', 'b', '--workers', '2', '--products', 'p'],
    ],
  ])('starts rounds for %j', (options, args) => {
    expect(roundArgs('file:/x', { publish: true, every: 60_000, ...options })).toEqual([
      ...['--store', 'file:/x', '--every', '60000ms'],
      ...args,
    ])
  })

  test.each([
    ['127.0.0.1', 'http://127.0.0.1:80/'],
    ['0.0.0.0', 'http://127.0.0.1:80/'],
    ['::', 'http://127.0.0.1:80/'],
    ['::1', 'http://[::1]:80/'],
  ])('prints a URL for the address %s', (address, url) => {
    expect(urlOf({ address: { address, port: 80, family: '' } } as Parameters<typeof urlOf>[0])).toBe(url)
  })

  test('gives the edge the environment, its store, and the address of the command line', () => {
    vi.stubEnv('PORT', '1')
    vi.stubEnv('HOST', 'h')
    vi.stubEnv('MAYDAY_STORE', 'file:/other')
    expect(edgeSettings('file:/x', { publish: true })).toMatchObject({
      ...{ MAYDAY_STORE: 'file:/x', PORT: '1', HOST: 'h' },
      MAYDAY_VERSION: expect.stringMatching(/^\{"version":"\d/),
    })
    const given = edgeSettings('file:/x', { publish: true, port: 2, host: 'i' })
    expect(given).toMatchObject({ PORT: '2', HOST: 'i' })
    vi.stubEnv('MAYDAY_VERSION', 'mine')
    expect(edgeSettings('file:/x', { publish: true }).MAYDAY_VERSION).toBe('mine')
  })

  test('shows the metrics and the problem of the rounds', async () => {
    const rounds = (problem: string | null) =>
      watched({ metrics: async () => 'm', problem: async () => problem, end: async () => {} })
    expect(await rounds(null).moreMetrics()).toBe('m')
    expect(await rounds(null).moreProblems()).toEqual([])
    expect(await rounds('late').moreProblems()).toEqual([{ name: 'rounds', msg: 'late' }])
  })
})

test.each<[Partial<Parameters<typeof addedText>[0]>, string]>([
  [{}, 'Added 0 files; 0 stored already.\n'],
  [{ added: ['a'], unchanged: ['b', 'c'] }, 'Added 1 file; 2 stored already.\n'],
  [
    {
      ...{ added: ['a', 'b'], replaced: ['c'] },
      modules: [{ file: 'f\u001b', summary: 's\u001b' }] as Parameters<typeof addedText>[0]['modules'],
      refused: [{ file: 'r\u001b', problem: 'p\u001b' }],
    },
    'f\\u001b: s\\u001b\nrefused: r\\u001b: p\\u001b\nAdded 2 files, replaced 1; 0 stored already; 1 refused.\n',
  ],
])('symbols add prints %j', (report, text) => {
  expect(addedText({ added: [], replaced: [], unchanged: [], refused: [], modules: [], ...report })).toBe(
    text,
  )
})
