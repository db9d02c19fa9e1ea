// Times in options of commands.
import { CrashError } from '../../shared/errors.ts'
import type { Millis } from '../../shared/units.ts'

/** For commander: `90s`, `10m`, `1h`, `500ms` as milliseconds. Throws CrashError('bad-usage'). */
export const timeOption =
  (name: string) =>
  (text: string): Millis => {
    const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text)
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] as 'ms' | 's' | 'm' | 'h']
    const ms = Number(match?.[1]) * unit
    if (!(ms > 0))
      throw new CrashError('bad-usage', `${name} must be a time above 0 like 30s, 10m or 1h, not '${text}'`)
    return ms
  }
