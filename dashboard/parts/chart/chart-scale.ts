// Where days are in a drawing: shared by the drawing and by the choice of days in it.

/** CSS pixels around the bars. */
export const chartMargins = { top: 12, right: 20, bottom: 28, left: 44 }

/** The day at a horizontal place of a drawing, in CSS pixels; the first or last one outside of the bars. */
export function dayAt(x: number, { width, days }: { width: number; days: number }): number {
  const inner = width - chartMargins.left - chartMargins.right
  const day = Math.floor(((x - chartMargins.left) * days) / Math.max(1, inner))
  return Math.min(days - 1, Math.max(0, day))
}

/** The places where a day begins and ends. */
export function placesOf(day: number, { width, days }: { width: number; days: number }): [number, number] {
  const each = Math.max(1, width - chartMargins.left - chartMargins.right) / days
  return [chartMargins.left + day * each, chartMargins.left + (day + 1) * each]
}
