// Times: in UTC, with the time of the reader's clock on hover.
import type { IsoTime } from '../../shared/units.ts'
import { formatLocal, formatTime } from '../model/format.ts'

interface TimeProps {
  at: IsoTime
  /** By default `22 Nov 2026, 14:05 UTC`. */
  text?: string
}

export const Time = ({ at, text = formatTime(at) }: TimeProps) => (
  <time dateTime={at} title={formatLocal(at)}>
    {text}
  </time>
)
