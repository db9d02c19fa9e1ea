// Two releases by day of age: crashes, or the crash rate where use of both is known.
import type { UsageMeasure } from '../../../shared/aggregates/documents.ts'
import type { Release } from '../../../shared/releases/document.ts'
import { formatCount } from '../../model/format.ts'
import { formatRate, unitOf } from '../../model/rate.ts'
import { type Ages, agesOf } from '../../model/releases/release-ages.ts'
import { Section } from '../../parts/page.tsx'
import { ScrollBox } from '../../parts/tables/scroll-box.tsx'

interface AgeChartProps {
  now: Release
  before: Release
  measure: UsageMeasure | null
}

const height = 120
const width = 640

export function AgeChart({ now, before, measure }: AgeChartProps) {
  const { isRate, days, most } = agesOf(now, before)
  const what = isRate && measure ? `Crashes per ${unitOf[measure]}` : 'Crashes'
  const title = `${what} by day of age`
  const format = isRate ? formatRate : formatCount
  if (days.length < 2) return null
  return (
    <Section id="ages" title={title}>
      <figure class="chart">
        <ul class="legend" aria-hidden="true">
          <LegendItem name={now.name} kind="now" />
          <LegendItem name={before.name} kind="before" />
        </ul>
        <div
          role="img"
          aria-label={`${title}: ${now.name} and ${before.name}. The numbers follow as a table.`}
        >
          <p class="age-scale note" aria-hidden="true">
            {format(most)}
          </p>
          <svg
            class="age-chart"
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            aria-hidden="true"
            focusable="false"
          >
            <line class="age-axis" x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
            <Line kind="before" values={days.map((day) => day.before)} most={most} />
            <Line kind="now" values={days.map((day) => day.now)} most={most} />
          </svg>
          <p class="age-days note" aria-hidden="true">
            <span>day 1</span>
            <span>day {days.length}</span>
          </p>
        </div>
        <figcaption>
          <details class="chart-table">
            <summary>Numbers as a table</summary>
            <AgeTable title={title} names={[now.name, before.name]} days={days} format={format} />
          </details>
        </figcaption>
      </figure>
    </Section>
  )
}

interface AgeTableProps {
  title: string
  names: [now: string, before: string]
  days: Ages['days']
  format: (value: number) => string
}

function AgeTable({ title, names, days, format }: AgeTableProps) {
  const text = (value: number | null) => (value === null ? '–' : format(value))
  return (
    <ScrollBox label={title} plain>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Day of age</th>
            {names.map((name) => (
              <th scope="col" class="numeric" key={name}>
                <bdi>{name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day, place) => (
            <tr key={place}>
              <th scope="row">{place + 1}</th>
              <td class="numeric">{text(day.now)}</td>
              <td class="numeric">{text(day.before)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

const LegendItem = ({ name, kind }: { name: string; kind: 'now' | 'before' }) => (
  <li>
    <svg class="age-key" viewBox="0 0 24 4" width="24" height="4" aria-hidden="true" focusable="false">
      <line class={`age-line age-${kind}`} x1="0" x2="24" y1="2" y2="2" />
    </svg>
    <bdi>{name}</bdi>
  </li>
)

/** A line with gaps where a day has no value. */
function Line({ kind, values, most }: { kind: 'now' | 'before'; values: (number | null)[]; most: number }) {
  const step = width / Math.max(1, values.length - 1)
  let isNew = true
  const path = values.flatMap((value, day) => {
    if (value === null) {
      isNew = true
      return []
    }
    const y = height - 2 - ((height - 6) * value) / (most || 1)
    const command = `${isNew ? 'M' : 'L'}${(day * step).toFixed(1)} ${y.toFixed(1)}`
    isNew = false
    return [command]
  })
  return <path class={`age-line age-${kind}`} d={path.join(' ')} />
}
