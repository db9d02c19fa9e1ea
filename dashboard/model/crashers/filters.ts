// The filters of Top Crashers and their form in the URL.
import { missingName, type TopCrashersDays } from '../../../shared/aggregates/documents.ts'
import { isDate } from '../../../shared/time/dates.ts'
import type { IsoDate } from '../../../shared/units.ts'
import type { Parameters } from '../../route.ts'
import type { CubeFilter } from './cube.ts'

export const periods = [1, 3, 7, 14, 28] as const satisfies readonly TopCrashersDays[]
const defaultDays = 7

/** The filters; undefined: no filter. `sort` is the key of a column, with `-` in front for descending. */
export interface Filters extends CubeFilter {
  product?: string | undefined
  days: TopCrashersDays
  /** Last day of the period; undefined: it ends with the newest crash. */
  to?: IsoDate | undefined
  /** Part of a signature, ignoring case. */
  text?: string | undefined
  sort?: string | undefined
  /** Keys of columns; undefined: the usual ones. */
  columns?: string | undefined
}

/** Super Search writes `__null__` for reports without a value, aggregates have a name for them. No value: no filter. */
const fromUrl = (value: string | null) => (value === '__null__' ? missingName : value || undefined)

/** Socorro's pages write `any` for no filter. */
const withoutAny = (value: string | null) => (value === 'any' ? undefined : fromUrl(value))

/** Parses filters; periods that are not precomputed become the default, 7 days. */
export function parseFilters(query: URLSearchParams): Filters {
  const days = Number(query.get('days'))
  const to = query.get('to') ?? ''
  return {
    product: query.get('product') || undefined,
    versions: versionsFrom(query.getAll('version')),
    channel: fromUrl(query.get('channel') ?? query.get('release_channel')),
    platform: fromUrl(query.get('platform')),
    processType: withoutAny(query.get('process_type')),
    reportType: withoutAny(query.get('_report_type')),
    days: periods.find((period) => period === days) ?? defaultDays,
    to: isDate(to) ? to : undefined,
    text: query.get('q')?.trim() || undefined,
    sort: query.get('sort') || undefined,
    columns: query.get('columns') || undefined,
  }
}

/** The parameters that `parseFilters` reads. */
export const filterNames = [
  'product',
  'version',
  'channel',
  'release_channel',
  'platform',
  'process_type',
  '_report_type',
  'days',
  'to',
  'q',
  'sort',
  'columns',
]

function versionsFrom(values: readonly string[]): readonly string[] | undefined {
  const versions = [...new Set(values.flatMap((value) => fromUrl(value) ?? []))].slice(0, 50)
  return versions.length > 0 ? versions : undefined
}

/** The parameters of a link to the filtered list; defaults are omitted. */
export function filterParameters(filters: Filters): Parameters {
  return {
    product: filters.product,
    version: filters.versions,
    channel: filters.channel,
    platform: filters.platform,
    process_type: filters.processType,
    _report_type: filters.reportType,
    days: filters.days === defaultDays ? undefined : String(filters.days),
    to: filters.to,
    q: filters.text,
    sort: filters.sort,
    columns: filters.columns,
  }
}

/** How many filters restrict the cube. */
export const countFilters = ({ versions, channel, platform, processType, reportType }: Filters) =>
  [versions, channel, platform, processType, reportType].filter((value) => value !== undefined).length
