// Rules for times: submission, crash, start, installation, and the durations between them.
import { exactInteger, readInteger } from '../../../shared/fields/integer.ts'
import { has, type Note, type Rule, type RuleInput, rule, annotationText } from './rule.ts'

const datesAndTimes = rule({
  name: 'dates-and-times',
  version: 2,
  after: ['copy-annotations'],
  run(input, draft, note) {
    const submitted = input.raw.submitted_timestamp
    const submittedSeconds = Math.floor(Date.parse(submitted) / 1000)
    const crashTime = crashTimeOf(input, submittedSeconds, note)
    if (crashTime === submittedSeconds) note('client_crash_date is unknown')
    const crash = BigInt(crashTime)
    const startup = BigInt(draft.startup_time ?? crash)
    const install = installTimeOf(input, startup, note)
    return {
      submitted_timestamp: submitted,
      date_processed: submitted,
      crash_time: crashTime,
      client_crash_date: isoSeconds(crashTime),
      install_age: exactInteger(crash - install),
      uptime: exactInteger(crash > startup ? crash - startup : 0n),
      last_crash: lastCrashOf(input, note),
    }
  },
})

/** Seconds since 1970, from at most ten digits; the time of submission if the annotation is missing. */
function crashTimeOf(input: RuleInput, submittedSeconds: number, note: Note): number {
  if (!has(input, 'CrashTime')) {
    note('WARNING: raw_crash missing CrashTime')
    return submittedSeconds
  }
  const text = annotationText(input, 'CrashTime')
  if (text === null) {
    note('non-text value of "CrashTime"')
    return submittedSeconds
  }
  const value = readInteger(text.slice(0, 10))
  if (value === null) note('non-integer value of "CrashTime"')
  return Number(value ?? 0)
}

function installTimeOf(input: RuleInput, startup: bigint, note: Note): bigint {
  if (!has(input, 'InstallTime')) return startup
  const value = readInteger(annotationText(input, 'InstallTime') ?? '')
  if (value === null) note('non-integer value of "InstallTime"')
  return value ?? 0n
}

function lastCrashOf(input: RuleInput, note: Note): number | string | null {
  if (!has(input, 'SecondsSinceLastCrash')) return null
  const value = readInteger(annotationText(input, 'SecondsSinceLastCrash') ?? '')
  if (value === null) note('bad value of "SecondsSinceLastCrash"')
  return value === null ? null : exactInteger(value)
}

/** Formats `YYYY-MM-DDTHH:MM:SS+00:00`; later times become the latest that the format can represent. */
function isoSeconds(seconds: number): string {
  const limit = 253402300799
  const date = new Date(Math.max(-62135596800, Math.min(limit, seconds)) * 1000)
  return `${date.toISOString().slice(0, 19)}+00:00`
}

export const timeRules: readonly Rule[] = [datesAndTimes]
