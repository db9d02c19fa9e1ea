// A deployment whose answers a test makes up.
import type { CheckContext, Step } from '../../../batch/check/context.ts'
import type { Answer, AskOptions } from '../../../batch/check/deployment.ts'
import { makeTestReport } from '../../../batch/check/test-report.ts'
import { contextFor } from './check.support.ts'

export const now = new Date('2026-11-22T12:00:00.000Z')
export const crashId = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'
export const report = makeTestReport('MaydayCheck')
export const { symbols } = report

export interface Given {
  status?: number
  body?: string | object
  headers?: Record<string, string>
}
export type Reply = Given | ((options: AskOptions) => Given)

/** Answers by the start of the path, the first that fits; others are 404. */
export type Answers = Readonly<Record<string, Reply>>

export const answerOf = ({ status = 200, body = '', headers = {} }: Given): Answer => ({
  status,
  headers: new Headers(headers),
  text: typeof body === 'string' ? body : JSON.stringify(body),
})

export function contextWith(answers: Answers, given: Partial<CheckContext> = {}): CheckContext {
  const ask = async (path: string, options: AskOptions = {}) => {
    const found = Object.entries(answers).find(([start]) => path.startsWith(start))?.[1] ?? { status: 404 }
    return answerOf(typeof found === 'function' ? found(options) : found)
  }
  const deployment = { url: 'https://h', isLocal: true, ask }
  return contextFor('https://h', { deployment, report, now: () => now, ...given })
}

/** Each finding as `result check: text → cure`. */
export const linesOf = async (step: Step, answers: Answers, given: Partial<CheckContext> = {}) =>
  (await Array.fromAsync(step(contextWith(answers, given)))).map(
    ({ check, result, text, cure }) => `${result} ${check}: ${text}${cure === undefined ? '' : ` → ${cure}`}`,
  )

export const left = (changes: Partial<CheckContext['left']> = {}): CheckContext['left'] => ({
  ...{ crashId, sentAt: now, processed: true, symbols: null },
  ...changes,
})
