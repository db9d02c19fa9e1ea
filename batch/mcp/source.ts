// Where the tools read: a store, or a server over HTTP. Both have the same answers.
import type { PartialCrash } from '../../shared/crash.ts'
import type { JobResult } from '../../shared/symbolicate/answer.ts'
import type { Job } from '../../shared/symbolicate/request.ts'

export interface CrashSource {
  /** A document of the dashboard, by its key in the lake; null when there is none. @throws CrashError */
  document(key: string, signal: AbortSignal): Promise<unknown>
  /** A processed crash: what the source may read of it; null when there is none. @throws CrashError */
  report(crashId: string, signal: AbortSignal): Promise<PartialCrash | null>
  /** The answer of a search, with parameters of SuperSearch. @throws CrashError 'bad-usage' for wrong parameters */
  search(parameters: URLSearchParams, signal: AbortSignal): Promise<unknown>
  /** The first rows of a statement as objects. @throws CrashError 'bad-usage' for what is wrong with it */
  sql(sql: string, mostRows: number, signal: AbortSignal): Promise<SqlRows>
  /** Functions at the frames of a job. @throws CrashError */
  symbolicate(job: Job, signal: AbortSignal): Promise<JobResult>
  /** URL of the dashboard, without a trailing slash. */
  dashboard: string
}

export interface SqlRows {
  rows: unknown[]
  /** Whether there are more. */
  isCut: boolean
}

/** Characters of rows that are read at most. */
const maxRowText = 1_000_000

/** The first rows of a result as JSON lines; the rest is not read. */
export async function firstRows(body: ReadableStream<Uint8Array>, most: number): Promise<SqlRows> {
  const rows: unknown[] = []
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (rows.length === most) return { rows, isCut: true }
      rows.push(JSON.parse(line))
    }
    if (rest.length > maxRowText) return { rows, isCut: true }
  }
  return { rows, isCut: false }
}
