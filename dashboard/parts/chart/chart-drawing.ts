// Draws bars over days with Observable Plot: https://observablehq.com/plot/
import { axisX, axisY, gridY, plot, pointerX, rectY, ruleX, ruleY, tip } from '@observablehq/plot'
import { formatCompact, formatCount, formatDate, formatDay } from '../../model/format.ts'
import type { Series } from '../../model/series.ts'
import { chartMargins } from './chart-scale.ts'

/** Chart input: one color (any CSS color) per series, one value per date. */
export interface Drawing {
  dates: string[]
  series: Series[]
  colors: string[]
}

const dayLength = 86_400_000
const height = 260

/** An SVG `width` CSS pixels wide and 260 high; the pointer shows a day's numbers. */
export function draw({ dates, series, colors }: Drawing, width: number): Element {
  const points = series.flatMap(({ name, values }) =>
    dates.map((date, day) => ({ name, at: new Date(date), value: values[day] ?? 0 })),
  )
  const days = dates.map((date, day) => dayOf(date, day, series))
  return plot({
    width,
    height,
    marginTop: chartMargins.top,
    marginRight: chartMargins.right,
    marginBottom: chartMargins.bottom,
    marginLeft: chartMargins.left,
    style: { background: 'transparent', fontFamily: 'inherit', fontSize: '12px' },
    x: { type: 'utc', domain: domainOf(dates) },
    y: { domain: [0, Math.max(1, ...days.map((day) => day.top)) * 1.06] },
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
      rectY(points, { x: 'at', interval: 'day', y: 'value', fill: 'name', inset: 0.5 }),
      ruleY([0], { stroke: 'var(--line-strong)' }),
      ruleX(days, pointerX({ x: 'at', stroke: 'var(--muted)', strokeOpacity: 0.5 })),
      tip(days, pointerX(tipOptions)),
    ],
  })
}

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

function dayOf(date: string, day: number, series: Series[]) {
  const values = series.map(({ values }) => values[day] ?? 0)
  const total = values.reduce((a, b) => a + b, 0)
  const lines = series.flatMap(({ name }, i) => (values[i] ? `${name}  ${formatCount(values[i])}` : []))
  return {
    at: new Date(Date.parse(date) + dayLength / 2),
    top: total,
    text: [`${formatDate(date)}`, `Total  ${formatCount(total)}`, ...(series.length > 1 ? lines : [])].join(
      '\n',
    ),
  }
}
