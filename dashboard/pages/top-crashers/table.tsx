// The columns of Top Crashers.
import type { ComponentChildren } from 'preact'
import { shownColumns } from '../../model/crashers/columns.ts'
import { crasherSearch } from '../../model/crashers/crasher-search.ts'
import { families, familyOf } from '../../model/crashers/cube.ts'
import type { Filters } from '../../model/crashers/filters.ts'
import type { Change, CrasherRow, Ranking } from '../../model/crashers/ranking.ts'
import {
  formatCount,
  formatDate,
  formatDay,
  formatPoints,
  formatShare,
  formatTime,
  plural,
} from '../../model/format.ts'
import { parseSort, sortText } from '../../model/sorting.ts'
import { isSampled, shareOf } from '../../model/tally.ts'
import { Estimate, Sparkline, sampleText } from '../../parts/figures.tsx'
import { BugNumbers, bugsHint } from '../../parts/known-bugs.tsx'
import { ColumnPicker } from '../../parts/tables/column-picker.tsx'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { PlatformLegend, platformColumn } from '../../parts/tables/platform-bar.tsx'
import {
  productColumn,
  reportsColumn,
  signatureColumn,
  signatureKey,
} from '../../parts/tables/signature-columns.tsx'

interface Props {
  rows: CrasherRow[]
  ranking: Ranking
  filters: Filters
  showProduct: boolean
  onChange: (changes: Partial<Filters>) => void
}

export function CrashersTable({ rows, ranking, filters, showProduct, onChange }: Props) {
  const columns = columnsFor(ranking, filters, showProduct)
  return (
    <>
      <div class="table-tools">
        <PlatformLegend />
        <ColumnPicker
          columns={columns}
          text={filters.columns}
          onChange={(text) => onChange({ columns: text })}
        />
      </div>
      <DataTable
        caption={`Signatures from ${formatDate(ranking.from)} to ${formatTime(ranking.until)}, by number of crashes`}
        columns={shownColumns(columns, filters.columns)}
        rows={rows}
        rowKey={signatureKey}
        sort={parseSort(filters.sort) ?? { key: 'rank', descending: false }}
        onSort={(sort) => onChange({ sort: sort.key === 'rank' && !sort.descending ? '' : sortText(sort) })}
        pageSize={50}
      />
    </>
  )
}

type CrasherColumn = Column<CrasherRow>

function columnsFor(ranking: Ranking, filters: Filters, showProduct: boolean): CrasherColumn[] {
  const hrefOf: CellSearch = (row, ...further) =>
    crasherSearch(row, { filters, from: ranking.from }, ...further)
  return [
    rankColumn,
    signatureColumn(
      (row) => <Marks row={row} hrefOf={hrefOf} />,
      filters.versions?.length === 1 ? filters.versions[0] : undefined,
    ),
    trendColumn,
    ...(showProduct ? [productColumn] : []),
    countColumn(ranking.sampled, hrefOf),
    ...(ranking.sampled ? [reportsColumn] : []),
    shareColumn,
    changeColumn,
    platformColumn((row, platform) => hrefOf(row, ['platform', platform])),
    ...familyColumns(filters.platform),
    numberColumn('installs', 'Installs', {
      hint: 'Distinct installation times',
      value: (row) => row.installs,
      href: (row) => hrefOf(row, ['_facets', 'install_time']),
    }),
    numberColumn('gc', 'GC', {
      hint: 'Crashes during garbage collection',
      value: (row) => row.garbageCollecting,
      href: (row) => hrefOf(row, ['is_garbage_collecting', 'true']),
    }),
    firstSeenColumn,
    ...(ranking.rows.some(({ bugs }) => bugs.length > 0) ? [bugsColumn] : []),
  ]
}

const rankColumn: CrasherColumn = {
  key: 'rank',
  title: 'Rank',
  numeric: true,
  first: 'ascending',
  value: (row) => row.rank,
  cell: (row) => (
    <>
      {row.rank}
      <Movement {...row} />
    </>
  ),
}

/** Smaller moves are usually noise; Socorro draws the same line. */
const leastPlaces = 5
/** A few reports move far by chance. */
const leastReports = 10

/** Colored where the share changed significantly; otherwise only large moves are shown. */
function Movement({ movement: places, change, total }: CrasherRow) {
  const kind = kindOf(change)
  if (!places || (kind === 'note' && (Math.abs(places) < leastPlaces || total.count < leastReports)))
    return null
  const up = places > 0
  const text = `${up ? 'up' : 'down'} ${plural(Math.abs(places), 'place')}`
  return (
    <span class={`movement ${kind}`} title={text}>
      <span aria-hidden="true">
        {up ? '▲' : '▼'}
        {Math.abs(places)}
      </span>
      <span class="visually-hidden">, {text}</span>
    </span>
  )
}

/** The class of a change: a color only beyond noise. */
const kindOf = (change: Change) =>
  change.kind === 'unknown' || !change.isSignificant ? 'note' : change.points > 0 ? 'worse' : 'better'

const Marks = ({ row, hrefOf }: { row: CrasherRow; hrefOf: CellSearch }) => (
  <>
    {' '}
    {row.isNew && (
      <span class="mark mark-new" title="The days before had enough crashes to have shown it, too">
        new since {formatDay(row.firstSeen)}
      </span>
    )}{' '}
    {!row.isNew && kindOf(row.change) === 'worse' && <span class="mark mark-new">rising</span>}{' '}
    {row.isStartup && <StartupMark {...row} href={hrefOf(row, ['startup_crash', 'true'])} />}{' '}
    {row.hangs >= row.crashes / 2 && <HangMark {...row} href={hrefOf(row, ['report_type', 'hang'])} />}
  </>
)

const crashesOf = (part: number, { crashes }: Pick<CrasherRow, 'crashes'>) =>
  `${part >= crashes ? 'All' : formatCount(part)} of ${plural(Math.round(crashes), 'crash', 'crashes')}`

interface MarkProps {
  class: string
  title: string
  href: string | null
  children: ComponentChildren
}

/** A mark that links to the search of the crashes that it counts. */
const LinkedMark = ({ href, children, ...look }: MarkProps) =>
  href === null ? (
    <span {...look}>{children}</span>
  ) : (
    <a href={href} {...look}>
      {children}
    </a>
  )

/** Strong when all crashes are at start-up. */
const StartupMark = ({
  startup,
  crashes,
  href,
}: Pick<CrasherRow, 'startup' | 'crashes'> & Pick<MarkProps, 'href'>) => (
  <LinkedMark
    href={href}
    class={`mark mark-startup ${startup >= crashes ? 'mark-all' : ''}`}
    title={`${crashesOf(startup, { crashes })} at start-up, more than in other crashes of the product`}
  >
    start-up{startup >= crashes ? '' : ` ${formatShare(shareOf(startup, crashes))}`}
  </LinkedMark>
)

const HangMark = ({
  hangs,
  crashes,
  href,
}: Pick<CrasherRow, 'hangs' | 'crashes'> & Pick<MarkProps, 'href'>) => (
  <LinkedMark href={href} class="mark" title={`${crashesOf(hangs, { crashes })} are hangs`}>
    hang
  </LinkedMark>
)

/** The address of the search of the crashes of a cell; null: none. */
type CellSearch = (row: CrasherRow, ...further: (readonly [string, string])[]) => string | null

/** A number that links to the search of what it counts. */
const Linked = ({ href, children }: { href: string | null; children: ComponentChildren }) =>
  href === null ? (
    <span>{children}</span>
  ) : (
    <a class="quiet" href={href}>
      {children}
    </a>
  )

const trendColumn: CrasherColumn = {
  key: 'days',
  title: 'Trend',
  hint: 'Crashes per day of the last 28 days, all of the product',
  cell: ({ days }) => days && <Sparkline values={days} />,
}

const countColumn = (sampled: boolean, hrefOf: CellSearch): CrasherColumn => ({
  key: 'count',
  title: sampled ? 'Crashes' : 'Count',
  hint: sampled ? 'Estimated number of crashes' : 'Crashes; every report was stored',
  numeric: true,
  value: (row) => row.total.weighted,
  cell: (row) => (
    <Linked href={hrefOf(row)}>
      {isSampled(row.total) ? (
        <span title={sampleText(row.total, row.margin)}>
          <Estimate tally={row.total} />
        </span>
      ) : (
        formatCount(row.total.weighted)
      )}
    </Linked>
  ),
})

const shareColumn: CrasherColumn = {
  key: 'percent',
  title: '%',
  hint: 'Percentage of all crashes that match the filters',
  numeric: true,
  value: (row) => row.share,
  cell: (row) => formatShare(row.share),
}

const changeColumn: CrasherColumn = {
  key: 'diff',
  title: 'Diff',
  hint: 'Change of the percentage since the previous period, in percentage points',
  numeric: true,
  value: (row) => changeValue(row.change),
  cell: (row) => <ChangeText change={row.change} />,
}

const changeValue = (change: Change) => (change.kind === 'unknown' ? null : change.points)

const changeHints = {
  new: 'First seen in this period',
  absent: 'None in the previous period',
  moved: undefined,
}

function ChangeText({ change }: { change: Change }) {
  if (change.kind === 'unknown') return <span class="note">–</span>
  const text = formatPoints(change.points)
  return (
    <>
      <span class={text === '0.0' ? 'note' : kindOf(change)}>{text}</span>
      {change.kind !== 'moved' && (
        <span class="below note" title={changeHints[change.kind]}>
          {change.kind === 'new' ? 'new' : 'back'}
        </span>
      )}
    </>
  )
}

/** One number for each, or for the one that contains the selected platform. */
function familyColumns(platform: string | undefined): CrasherColumn[] {
  const shown = platform === undefined ? families : families.filter(({ key }) => key === familyOf(platform))
  return shown.map(({ key, name }) => ({
    ...numberColumn(key, name, { value: (row) => row.families[key] }),
    extra: true,
  }))
}

interface NumberOptions {
  hint?: string
  value: (row: CrasherRow) => number
  href?: (row: CrasherRow) => string | null
}

const numberColumn = (
  key: string,
  title: string,
  { hint, value, href = () => null }: NumberOptions,
): CrasherColumn => ({
  key,
  title,
  ...(hint !== undefined && { hint }),
  numeric: true,
  value,
  cell: (row) =>
    value(row) ? (
      <Linked href={href(row)}>{formatCount(value(row))}</Linked>
    ) : (
      <span class="zero">{formatCount(0)}</span>
    ),
})

const bugsColumn: CrasherColumn = {
  key: 'bugs',
  title: 'Bugs',
  hint: bugsHint,
  optional: true,
  value: (row) => row.bugs.length || null,
  first: 'descending',
  cell: (row) => <BugNumbers bugs={row.bugs} />,
}

const firstSeenColumn: CrasherColumn = {
  key: 'first',
  title: 'First appearance',
  hint: 'Day of the first report; hover for the lowest build ID',
  first: 'descending',
  value: (row) => row.firstSeen,
  cell: (row) => (
    <span class="nowrap" title={row.firstBuild ? `Lowest build ID ${row.firstBuild}` : undefined}>
      {formatDate(row.firstSeen)}
    </span>
  ),
}
