// Requests to the symbol server of the edge that serves the dashboard.
import type { AnswerV5, JobResult } from '../shared/symbolicate/answer.ts'
import type { Millis } from '../shared/units.ts'
import { inSite } from './site.ts'

/** Symbols that the store has for a module. */
export interface StoredSymbols {
  debug_file: string
  debug_id: string
  stored_at: string
}

/** @throws Error with a message for the reader */
export async function symbolicateJob(job: object): Promise<JobResult> {
  const answer = (await ask(inSite('/symbols/symbolicate/v5'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(job),
  })) as AnswerV5
  return answer.results[0]!
}

/** The newest first. @throws Error with a message for the reader */
export async function storedSymbolsOf(name: string): Promise<StoredSymbols[]> {
  const answer = (await ask(inSite(`/symbols/api/ids/${encodeURIComponent(name)}`))) as {
    symbols: StoredSymbols[]
  }
  return answer.symbols
}

/** The edge fetches symbol indexes first. */
const timeLimit: Millis = 60_000

async function ask(path: string, init: RequestInit = {}): Promise<unknown> {
  const late = AbortSignal.timeout(timeLimit)
  const response = await fetch(path, { ...init, signal: late }).catch((error: unknown) => {
    if (late.aborted) throw new Error(`The server did not answer within ${timeLimit / 1000} seconds.`)
    throw new Error(`The server did not answer: ${error instanceof Error ? error.message : String(error)}.`)
  })
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  const body: unknown = isJson ? await response.json().catch(() => null) : null
  if (response.ok && body !== null) return body
  const { title, description } = (body ?? {}) as { title?: string; description?: string }
  throw new Error(
    response.status === 404 || !isJson
      ? 'This dashboard is not served by an edge, which symbolicates.'
      : `The server refused the request: ${description ?? title ?? response.status}.`,
  )
}
