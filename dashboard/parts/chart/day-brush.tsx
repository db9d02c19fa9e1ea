// Chooses days of a chart by dragging over them; fields for dates are the way without a pointer.
import { useState } from 'preact/hooks'
import type { IsoDate } from '../../../shared/units.ts'
import { formatDay } from '../../model/format.ts'
import { dayAt, placesOf } from './chart-scale.ts'

/** Called with the first and the last day, both included. */
export type ChooseDays = (from: IsoDate, to: IsoDate) => void

interface BrushOptions {
  dates: readonly IsoDate[]
  /** Of the drawing, in CSS pixels. */
  width: number
  /** Absent: nothing can be chosen. */
  onChoose: ChooseDays | undefined
}

/** CSS pixels; less is a click. */
const leastDrag = 5

type Drag = [start: number, end: number]
type BoxPointer = PointerEvent & { currentTarget: HTMLElement }

const placeOf = (event: BoxPointer) => event.clientX - event.currentTarget.getBoundingClientRect().left

/** Attributes of the element around the drawing, and what is drawn above it. */
export function useDayBrush({ dates, width, onChoose }: BrushOptions) {
  const [drag, setDrag] = useState<Drag | null>(null)
  if (!onChoose) return { attributes: {}, range: null }
  const size = { width, days: dates.length }
  const days = drag && daysOf(drag, size)
  // In the capture phase: Plot stops the propagation of events in its drawing.
  const attributes = {
    class: 'day-brush',
    onPointerDownCapture: (event: BoxPointer) => {
      if (event.button === 0) setDrag([placeOf(event), placeOf(event)])
    },
    onPointerMoveCapture: (event: BoxPointer) => {
      if (!drag) return
      event.currentTarget.setPointerCapture(event.pointerId)
      setDrag([drag[0], placeOf(event)])
    },
    onPointerUpCapture: () => {
      if (days) onChoose(dates[days[0]]!, dates[days[1]]!)
      setDrag(null)
    },
    onPointerCancelCapture: () => setDrag(null),
  }
  return { attributes, range: days && <Range days={days} dates={dates} size={size} /> }
}

/** The first and the last day of a drag; null for a click. */
function daysOf([start, end]: Drag, size: { width: number; days: number }): [number, number] | null {
  if (Math.abs(end - start) < leastDrag || size.days === 0) return null
  const [left, right] = [Math.min(start, end), Math.max(start, end)]
  return [dayAt(left, size), dayAt(right, size)]
}

interface RangeProps {
  days: [number, number]
  dates: readonly IsoDate[]
  size: { width: number; days: number }
}

function Range({ days: [from, to], dates, size }: RangeProps) {
  const [left, right] = [placesOf(from, size)[0], placesOf(to, size)[1]]
  return (
    <span class="day-range" style={{ left: `${left}px`, width: `${right - left}px` }}>
      <span>
        {formatDay(dates[from]!)}
        {to > from && ` – ${formatDay(dates[to]!)}`}
      </span>
    </span>
  )
}
