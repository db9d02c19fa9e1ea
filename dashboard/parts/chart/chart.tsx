// A chart with its legend and a table of the same numbers; the drawing code loads on first use.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { IsoDate, IsoTime } from '../../../shared/units.ts'
import { formatClock, formatCount, formatDay } from '../../model/format.ts'
import { type ChartStyle, otherOrNone, type Series } from '../../model/series.ts'
import { ClientText } from '../client-text.tsx'
import { ScrollBox } from '../tables/scroll-box.tsx'
import { Time } from '../time.tsx'
import type { Drawing, Marker } from './chart-drawing.ts'
import { type ChooseDays, useDayBrush } from './day-brush.tsx'

interface ChartProps {
  /** The counted quantity, per day: accessible name and caption of the table. */
  title: string
  dates: string[]
  series: Series[]
  /** A date that was not over when crashes were counted. */
  partial?: { date: IsoDate; until: IsoTime } | null
  /** One more column of the table: a text per date. */
  column?: { title: string; cells: string[] } | null
  /** Default: stacked. The table has the numbers themselves. */
  style?: ChartStyle
  markers?: readonly Marker[]
}

/** Fixed colors by name, so that a platform looks the same on every page. */
const named: ReadonlyMap<string, string> = new Map([
  ['win', '--series-1'],
  ['mac', '--series-2'],
  ['lin', '--series-3'],
  ['and', '--series-4'],
  ['ios', '--series-5'],
  ['Other', '--series-other'],
  [otherOrNone, '--series-other'],
  ['Unknown', '--series-other'],
])

function colorOf(name: string, index: number, byPlatform: boolean): string {
  const variable = named.get(name) ?? (byPlatform ? named.get(name.slice(0, 3).toLowerCase()) : undefined)
  return `var(${variable ?? `--series-${(index % 6) + 1}`})`
}

export function Chart({
  title,
  dates,
  series,
  partial,
  column = null,
  byPlatform = false,
  style = 'stacked',
  markers = [],
  onChooseDays,
}: ChartProps & { byPlatform?: boolean; onChooseDays?: ChooseDays }) {
  const colors = series.map(({ name }, index) => colorOf(name, index, byPlatform))
  const drawing: Drawing = { dates, series, colors, style, markers }
  return (
    <figure class="chart">
      <ul class="legend" aria-hidden="true">
        {series.map(({ name }, index) => (
          <li key={name}>
            <span class="swatch" style={{ background: colors[index] }} />
            <ClientText text={name} />
          </li>
        ))}
      </ul>
      <Canvas label={`${title}. ${summaryOf(dates, series)}`} drawing={drawing} onChooseDays={onChooseDays} />
      <figcaption>
        {partial && (
          <span class="note">
            {formatDay(partial.date)} is counted until{' '}
            <Time at={partial.until} text={formatClock(partial.until)} />.{' '}
          </span>
        )}
        <details class="chart-table">
          <summary>Numbers as a table</summary>
          <SeriesTable title={title} dates={dates} series={series} column={column} />
        </details>
      </figcaption>
    </figure>
  )
}

/** Largest and last day as text, for readers who cannot see the chart. */
function summaryOf(dates: string[], series: Series[]): string {
  const totals = dates.map((_, day) => series.reduce((sum, { values }) => sum + (values[day] ?? 0), 0))
  const most = totals.indexOf(Math.max(...totals))
  const last = totals.length - 1
  if (last < 0) return 'No days.'
  const parts = series.map(({ name, values }) => `${name} ${formatCount(values.reduce((a, b) => a + b, 0))}`)
  return `Most on ${formatDay(dates[most]!)}: ${formatCount(totals[most]!)}; on ${formatDay(dates[last]!)}: ${formatCount(totals[last]!)}. Total: ${parts.join(', ')}. The numbers follow as a table.`
}

interface CanvasProps {
  label: string
  drawing: Drawing
  onChooseDays: ChooseDays | undefined
}

function Canvas({ label, drawing, onChooseDays }: CanvasProps) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    if (!place.current) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)))
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [])
  const brush = useDayBrush({ dates: drawing.dates, width, onChoose: onChooseDays })
  const key = JSON.stringify(drawing)
  useEffect(() => {
    let current = true
    if (width > 0)
      import('./chart-drawing.ts')
        .then(({ draw }) => {
          if (current) place.current?.replaceChildren(draw(drawing, width))
        })
        .catch(() => setFailed(true))
    return () => {
      current = false
    }
  }, [key, width])
  return (
    <div role="img" aria-label={label} {...brush.attributes}>
      <div class="chart-canvas" aria-hidden="true" ref={place}>
        {failed && <p class="note">The chart could not be loaded; the table below contains its numbers.</p>}
      </div>
      {brush.range}
    </div>
  )
}

function SeriesTable({
  title,
  dates,
  series,
  column,
}: Pick<ChartProps, 'title' | 'dates' | 'series' | 'column'>) {
  return (
    <ScrollBox label={title} plain>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {series.map(({ name }) => (
              <th scope="col" class="numeric" key={name}>
                <ClientText text={name} />
              </th>
            ))}
            {column && (
              <th scope="col" class="numeric">
                {column.title}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {dates.map((date, day) => (
            <tr key={date}>
              <th scope="row">{formatDay(date)}</th>
              {series.map(({ name, values }) => (
                <td class="numeric" key={name}>
                  {formatCount(values[day] ?? 0)}
                </td>
              ))}
              {column && <td class="numeric">{column.cells[day]}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}
