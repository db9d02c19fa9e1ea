// Draws bars over days with Observable Plot: https://observablehq.com/plot/
import {
  axisX,
  axisY,
  gridY,
  lineY,
  plot,
  pointerX,
  rectY,
  ruleX,
  ruleY,
  text,
  tip,
} from '@observablehq/plot'
import { formatCompact, formatCount, formatDate, formatDay } from '../../model/format.ts'
import { type ChartStyle, type Series, sharesOf } from '../../model/series.ts'
import { chartMargins } from './chart-scale.ts'

/** Chart input: one color (any CSS color) per series, one value per date. */
export interface Drawing {
  dates: string[]
  series: Series[]
  colors: string[]
  style: ChartStyle
  /** Texts at days, as where a version begins. */
  markers: readonly Marker[]
}

export interface Marker {
  date: string
  text: string
}

const dayLength = 86_400_000
const height = 260

/** An SVG `width` CSS pixels wide and 260 high; the pointer shows a day's numbers. */
export function draw(drawing: Drawing, width: number): Element {
  const { dates, colors, style, markers } = drawing
  const series = style === 'share' ? sharesOf(drawing.series) : drawing.series
  const points = series.flatMap(({ name, values }) =>
    dates.map((date, day) => ({
      name,
      at: new Date(date),
      middle: new Date(Date.parse(date) + dayLength / 2),
      value: values[day] ?? 0,
    })),
  )
  const days = dates.map((date, day) => dayOf(date, day, { series, style }))
  return plot({
    width,
    height,
    marginTop: chartMargins.top,
    marginRight: chartMargins.right,
    marginBottom: chartMargins.bottom,
    marginLeft: chartMargins.left,
    style: { background: 'transparent', fontFamily: 'inherit', fontSize: '12px' },
    x: { type: 'utc', domain: domainOf(dates) },
    y: { domain: [0, style === 'share' ? 100 : Math.max(1, ...days.map((day) => day.top)) * 1.06] },
    color: { domain: series.map(({ name }) => name), range: colors },
    marks: [
      gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 4 }),
      axisY({ label: null, ticks: 4, tickSize: 0, tickFormat: tickText, fill: 'var(--muted)' }),
      axisX({
        label: null,
        ticks: ticksOf(days, width),
        tickSize: 0,
        tickFormat: (at: Date) => formatDay(at.toISOString()),
        fill: 'var(--muted)',
      }),
      seriesMark(points, style),
      ...markersMarks(markers),
      ruleY([0], { stroke: 'var(--line-strong)' }),
      ruleX(days, pointerX({ x: 'at', stroke: 'var(--muted)', strokeOpacity: 0.5 })),
      tip(days, pointerX(tipOptions)),
    ],
  })
}

interface Point {
  name: string
  /** Start and middle of the day. */
  at: Date
  middle: Date
  value: number
}

const seriesMark = (points: Point[], style: ChartStyle) =>
  style === 'lines'
    ? lineY(points, { x: 'middle', y: 'value', stroke: 'name', strokeWidth: 2, marker: 'dot' })
    : rectY(points, { x: 'at', interval: 'day', y: 'value', fill: 'name', inset: 0.5 })

/** Lines of text at the top, so that texts of neighboring days do not overlap. */
const markerLines = 3

const markersMarks = (markers: readonly Marker[]) => [
  ruleX(markers, { x: startOf, stroke: 'var(--muted)', strokeDasharray: '3 3' }),
  ...Array.from({ length: markerLines }, (_, line) =>
    text(
      markers.filter((_, place) => place % markerLines === line),
      {
        x: startOf,
        text: 'text',
        frameAnchor: 'top',
        textAnchor: 'start',
        dx: 4,
        dy: 13 * line,
        fill: 'var(--muted)',
        stroke: 'var(--surface)',
      },
    ),
  ),
]

const tipOptions = {
  x: 'at',
  y: 'top',
  title: 'text',
  lineHeight: 1.35,
  textPadding: 9,
  fill: 'var(--surface)',
  stroke: 'var(--line-strong)',
}

const tickText = (value: number) => (Number.isInteger(value) ? formatCompact(value) : '')

/** Days far enough apart for their labels, including the last. */
function ticksOf(days: { at: Date }[], width: number): Date[] {
  const step = Math.max(1, Math.ceil((days.length * 76) / width))
  return days.filter((_, day) => (days.length - 1 - day) % step === 0).map(({ at }) => at)
}

/** Bars cover their whole day. */
function domainOf(dates: string[]): [Date, Date] {
  const first = new Date(dates[0] ?? 0)
  const last = new Date(dates.at(-1) ?? 0).getTime()
  return [first, new Date(last + dayLength)]
}

const startOf = ({ date }: Marker) => new Date(date)

function dayOf(date: string, day: number, { series, style }: { series: Series[]; style: ChartStyle }) {
  const values = series.map(({ values }) => values[day] ?? 0)
  const total = values.reduce((a, b) => a + b, 0)
  const unit = style === 'share' ? ' %' : ''
  const lines = series.flatMap(({ name }, i) =>
    values[i] ? `${name}  ${formatCount(values[i])}${unit}` : [],
  )
  const all = style === 'share' ? [] : [`Total  ${formatCount(total)}`]
  return {
    at: new Date(Date.parse(date) + dayLength / 2),
    top: style === 'lines' ? Math.max(0, ...values) : total,
    text: [`${formatDate(date)}`, ...all, ...(series.length > 1 || style === 'share' ? lines : [])].join(
      '\n',
    ),
  }
}
