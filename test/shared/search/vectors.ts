// Searches with known answers, after Socorro's tests of its engine. Every engine runs them.
import type { Crash } from './crashes.ts'
import { crashesOf } from './crashes.ts'
import { now } from './parsed.ts'

interface Counted {
  readonly crashes: readonly Crash[]
  /** Parameters and the number of reports that they find. */
  readonly totals: readonly (readonly [string, number])[]
}

const ofColumn = (column: string, values: readonly (string | number | boolean | null)[]) =>
  crashesOf(values.map((value) => ({ [column]: value })))

/** More values than are bound one by one. */
const many = (name: string, textOf: (i: number) => string) =>
  Array.from({ length: 100 }, (_, i) => `${name}=${textOf(i)}`).join('&')

const signatures = ofColumn('signature', [
  'js::break_your_browser',
  'mozilla::js::function',
  'json_Is_Kewl',
  'OhILoveMyBrowser',
  'foo(bar)',
])

export const counted: readonly Counted[] = [
  {
    crashes: signatures,
    totals: [
      ['signature=~js', 3],
      ['signature=!~js', 2],
      ['signature=^js', 2],
      ['signature=!^js', 3],
      ['signature=$browser', 1],
      ['signature=$rowser', 2],
      ['signature=!$rowser', 3],
      ['signature=@mozilla::.*::function', 1],
      ['signature=!@mozilla::.*::function', 4],
      ['signature=@f.."(bar)"', 1],
      ['signature=~js*Kewl', 1],
      ['signature=^OhI?ove', 1],
      ['signature=~ON', 0],
    ],
  },
  {
    crashes: ofColumn('build_id', ['1999', '2000', '2001']),
    totals: [
      ['build_id=2000', 1],
      ['build_id=!2000', 2],
      ['build_id=>2000', 1],
      ['build_id=>=2000', 2],
      ['build_id=<2000', 1],
      ['build_id=<=2000', 2],
    ],
  },
  {
    crashes: ofColumn('accessibility', [true, false, true, null]),
    totals: [
      ['accessibility=__true__', 2],
      ['accessibility=!__true__', 2],
      ['accessibility=__null__', 1],
      ['accessibility=f', 1],
    ],
  },
  {
    crashes: crashesOf([
      { signature: 'js::break_your_browser', app_notes: 'foo bar mozilla' },
      { signature: 'mozilla::js::function', app_notes: 'foo bar' },
      { signature: 'js<isKewl>', app_notes: 'foo' },
      { signature: 'foo(bar)', app_notes: 'foo' },
    ]),
    totals: [
      ['signature=js&signature=~::', 3],
      ['signature=js&signature=~::&app_notes==foo bar', 1],
    ],
  },
  {
    crashes: ofColumn('app_notes', [
      'there is a cave in the dark that I used to visit',
      'processor THAT I',
      'nothing',
      null,
    ]),
    totals: [
      ['app_notes=that I used', 2],
      ['app_notes=!that I used', 2],
      ['app_notes=__null__', 1],
      ['app_notes=!__null__', 3],
      ['app_notes=***', 0],
    ],
  },
  {
    crashes: ofColumn('platform', ['Linux', 'Linux', 'Mac OS X', 'Windows']),
    totals: [
      ['platform=Linux&platform=Mac OS X', 3],
      ['platform=linux', 2],
      ['platform=mac', 1],
      ['platform=!linux', 2],
    ],
  },
  {
    crashes: ofColumn('version', ['131.0b2b0', '131.0b3', '131.0', '131.0.1', null]),
    totals: [
      ['version=131.0b', 2],
      ['version=!131.0b', 3],
      ['version=131.0', 1],
      ['version=131.0&version=131.0b', 3],
    ],
  },
  {
    crashes: crashesOf([
      { topmost_filenames: 'Foo.cpp;bar.rs', addons: ['a@x:1', 'b@x:2'] },
      { topmost_filenames: 'bar.rs', addons: [] },
      { topmost_filenames: ';', addons: null },
      { topmost_filenames: null },
    ]),
    totals: [
      ['topmost_filenames=foo.cpp', 1],
      ['topmost_filenames=BAR.rs', 2],
      ['topmost_filenames==bar.rs', 2],
      ['topmost_filenames=~foo', 0],
      ['topmost_filenames=^Foo', 1],
      ['topmost_filenames=__null__', 2],
      ['addons=a@x:1', 1],
      ['addons=$:2', 1],
      ['addons=!$:2', 3],
      ['addons=__null__', 3],
    ],
  },
  {
    crashes: ofColumn('total_page_file', [
      9007199254740992n,
      9007199254740993n,
      18446744073709551615n,
      0,
    ] as unknown as number[]),
    totals: [
      ['total_page_file=9007199254740993', 1],
      ['total_page_file=>9007199254740992', 2],
      ['total_page_file=18446744073709551615', 1],
      ['total_page_file=<18446744073709551616', 4],
      ['total_page_file=>-99999999999999999999999999', 4],
    ],
  },
  {
    crashes: crashesOf([
      { address: '0x77', uptime: 77, addons: ['77'], topmost_filenames: 'a;X77' },
      { address: '0x2000', uptime: 2000 },
      {},
    ]),
    totals: [
      [many('address', (i) => `0x${i}`), 1],
      [many('address', (i) => `!0x${i}`), 2],
      [many('uptime', String), 1],
      [`${many('uptime', String)}&uptime=99999999999999999999`, 1],
      [many('addons', String), 1],
      [many('topmost_filenames', (i) => `x${i}`), 1],
      [many('signature', (i) => `~x${i}`), 0],
    ],
  },
  {
    crashes: crashesOf([{ duplicate_of: 'x' }, {}]),
    totals: [
      ['', 1],
      ['_duplicates=include', 2],
      ['uuid=id0000', 1],
      ['uuid=!id0000', 1],
    ],
  },
  {
    crashes: [
      { crash_id: 'a', processed_at: now - 8 * 86_400_000_000 },
      { crash_id: 'b', processed_at: now - 86_400_000_000 },
      { crash_id: 'c', processed_at: now },
    ],
    totals: [
      ['', 2],
      ['date=>=2026-08-01', 3],
      ['date=<2026-08-20T12:00:00', 1],
    ],
  },
]

interface Answered {
  readonly name: string
  readonly crashes: readonly Crash[]
  readonly parameters: string
  /** Part of the answer. */
  readonly answer: object
}

const one = (term: unknown, count = 1, more: object = {}) => ({ term, count, weighted: count, ...more })
const at = (day: string) => Date.parse(`${day}T10:00:00Z`) * 1000

const products = crashesOf([
  { product: 'WaterWolf', platform: 'Linux', version: '2' },
  { product: 'EarthRacoon', platform: 'Linux', version: '1' },
  { product: 'NightTrain', platform: 'Linux', version: '1' },
  { product: 'WaterWolf', platform: 'Windows', version: '1' },
])

export const answered: readonly Answered[] = [
  {
    name: 'facets by count, then by term',
    crashes: products,
    parameters: '_facets=product&platform=linux&_results_number=0',
    answer: { total: 3, facets: { product: [one('EarthRacoon'), one('NightTrain'), one('WaterWolf')] } },
  },
  {
    name: 'a cardinality',
    crashes: products,
    parameters: '_facets=_cardinality.platform',
    answer: { facets: { cardinality_platform: { value: 2 } } },
  },
  {
    name: 'facets in facets',
    crashes: products,
    parameters: '_facets=product&_aggs.product=platform&_aggs.product=version&_facets_size=1',
    answer: {
      facets: {
        product: [
          one('WaterWolf', 2, {
            facets: { platform: [one('Linux')], version: [one('1')] },
          }),
        ],
      },
    },
  },
  {
    name: 'no facets of size 0',
    crashes: products,
    parameters: '_facets_size=0&_results_number=1&_columns=uuid&_columns=app_notes',
    answer: { facets: {}, total: 4, hits: [{ uuid: 'id0000', app_notes: null }] },
  },
  {
    name: 'histograms of dates',
    crashes: ['2026-08-14', '2026-08-15', '2026-08-15', '2026-08-19'].map((day, i) => ({
      crash_id: `c${i}`,
      processed_at: at(day),
      product: i === 1 ? 'A' : 'B',
    })),
    parameters: '_histogram.date=product&_facets=_cardinality.product',
    answer: {
      facets: {
        histogram_date: [
          one('2026-08-14T00:00:00+00:00', 1, { facets: { product: [one('B')] } }),
          one('2026-08-15T00:00:00+00:00', 2, { facets: { product: [one('A'), one('B')] } }),
          one('2026-08-19T00:00:00+00:00', 1, { facets: { product: [one('B')] } }),
        ],
      },
    },
  },
  {
    name: 'histograms of integers',
    crashes: ofColumn('build_id', ['2021', '2020', '2020', 'none']),
    parameters: '_facets=_histogram.build_id&_results_number=1&_sort=-build_id&_columns=build_id',
    answer: { facets: { histogram_build_id: [one(2020, 2), one(2021)] }, hits: [{ build_id: 2021 }] },
  },
  {
    name: 'histograms with an interval, also of negative numbers',
    crashes: ofColumn('uptime', [-1, 0, 59, 60, 125]),
    parameters: '_facets=_histogram.uptime&_histogram_interval.uptime=60',
    answer: { facets: { histogram_uptime: [one(-60), one(0, 2), one(60), one(120)] } },
  },
  {
    name: 'weeks that start on Monday',
    crashes: ['2020-12-26', '2020-12-28', '2021-01-02', '2021-01-04'].map((day, i) => ({
      crash_id: `c${i}`,
      processed_at: at(day),
    })),
    parameters: 'date=>=2020-12-20&date=<2021-01-10&_facets=_histogram.date&_histogram_interval.date=week',
    answer: {
      facets: {
        histogram_date: [
          one('2020-12-21T00:00:00+00:00'),
          one('2020-12-28T00:00:00+00:00', 2),
          one('2021-01-04T00:00:00+00:00'),
        ],
      },
    },
  },
  {
    name: 'booleans, lists and items',
    crashes: crashesOf([
      { startup_crash: true, addons: ['b', 'a', 'a'], topmost_filenames: 'x;Y;x' },
      { startup_crash: false, addons: ['a'], topmost_filenames: 'x' },
      { addons: [] },
    ]),
    parameters:
      '_facets=startup_crash&_facets=addons&_facets=topmost_filenames&_columns=addons&_columns=startup_crash',
    answer: {
      facets: {
        startup_crash: [one('F'), one('T')],
        addons: [one('a', 2), one('b')],
        topmost_filenames: [one('x', 2), one('Y')],
      },
      hits: [
        { addons: ['b', 'a', 'a'], startup_crash: true },
        { addons: 'a', startup_crash: false },
        { addons: null, startup_crash: null },
      ],
    },
  },
  {
    name: 'weights beside counts',
    crashes: crashesOf([{ signature: 'a', weight: 10 }, { signature: 'b' }, { signature: 'b', weight: 0.5 }]),
    parameters: '_measure=weight',
    answer: {
      total: 3,
      weighted: 11.5,
      facets: {
        signature: [
          { term: 'a', count: 1, weighted: 10 },
          { term: 'b', count: 2, weighted: 1.5 },
        ],
      },
    },
  },
  {
    name: 'missing values last in both directions',
    crashes: ofColumn('uptime', [3, null, 1]),
    parameters: '_sort=-uptime&_columns=uptime',
    answer: { hits: [{ uptime: 3 }, { uptime: 1 }, { uptime: null }] },
  },
  {
    name: 'text in the order of code points',
    crashes: ofColumn('signature', ['\u{1f600}', '\ufffd', 'a', 'B']),
    parameters: '_sort=signature&_columns=signature&_facets_size=1',
    answer: {
      hits: [{ signature: 'B' }, { signature: 'a' }, { signature: '\ufffd' }, { signature: '\u{1f600}' }],
      facets: { signature: [one('B')] },
    },
  },
  {
    name: 'exact integers',
    crashes: ofColumn('total_page_file', [18446744073709551615n] as unknown as number[]),
    parameters: '_columns=total_page_file&_facets=total_page_file',
    answer: {
      hits: [{ total_page_file: 18446744073709551615n }],
      facets: { total_page_file: [one(18446744073709551615n)] },
    },
  },
]
