// What a check found: its result, in words, with the cure.

export const results = ['ok', 'warning', 'failed', 'skipped'] as const
export type Result = (typeof results)[number]

/** One row of the report. */
export interface Finding {
  /** What was checked; unique in a report. */
  check: string
  result: Result
  /** What was found; for `skipped` the reason. May contain text of the deployment. */
  text: string
  /** What to do about it. */
  cure?: string
}

interface Problem {
  text: string
  cure: string
}

export const ok = (check: string, text: string): Finding => ({ check, result: 'ok', text })
export const skipped = (check: string, problem: Problem): Finding => ({
  check,
  result: 'skipped',
  ...problem,
})
export const warning = (check: string, problem: Problem): Finding => ({
  check,
  result: 'warning',
  ...problem,
})
export const failed = (check: string, problem: Problem): Finding => ({ check, result: 'failed', ...problem })

/** How many findings have each result. */
export function countResults(findings: readonly Finding[]): Record<Result, number> {
  const counts = { ok: 0, warning: 0, failed: 0, skipped: 0 }
  for (const { result } of findings) counts[result]++
  return counts
}
