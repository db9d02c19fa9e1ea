// Statements that a server runs: `mayday sql --server`.
import { CrashError, reasonOf } from '../../shared/errors.ts'
import { visible } from '../cli/output.ts'
import type { SqlValues } from '../lake/duckdb.ts'
import type { Output, WriteOptions } from './output/write-result.ts'

export interface SqlServer {
  /** URL of the server, without `/api/sql`. */
  url: string
  token: string | null
  signal?: AbortSignal
}

/**
 * Runs a statement on a server and writes the result in the format.
 * @throws CrashError 'bad-usage' for what the server refuses, 'storage' when it fails
 */
export async function writeRemoteResult(
  server: SqlServer,
  sql: string,
  { format, mostRows, values = {} }: WriteOptions,
  output: Output,
): Promise<void> {
  const body = await runRemote(server, { sql, format, rows: mostRows, parameters: values })
  const decoder = new TextDecoder()
  const isText = format !== 'parquet' && format !== 'arrow'
  try {
    for await (const chunk of body) {
      const text = isText && output.isTerminal ? visible(decoder.decode(chunk, { stream: true })) : chunk
      await output.write(text)
    }
  } catch (cause) {
    throw new CrashError('storage', `The result of ${server.url} is incomplete: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

interface RemoteRequest {
  sql: string
  format: string
  rows?: number
  parameters: SqlValues
}

/** The bytes of a result. @throws CrashError as `writeRemoteResult` */
export async function runRemote(
  { url, token, signal }: SqlServer,
  request: RemoteRequest,
): Promise<ReadableStream<Uint8Array>> {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CrashError('bad-usage', `--server must be a URL like https://crashes.example.org, not '${url}'`)
  const response = await fetch(`${url.replace(/\/+$/, '')}/api/sql`, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json', ...(token !== null && { 'auth-token': token }) },
    body: JSON.stringify(request),
    ...(signal && { signal }),
  }).catch((cause) => {
    throw new CrashError('storage', `${url} did not respond: ${reasonOf(cause)}`)
  })
  if (response.ok) return response.body ?? new ReadableStream({ start: (controller) => controller.close() })
  const text = (await response.text().catch(() => '')).slice(0, 10_000)
  const hint = response.status === 403 && token === null ? ' (MAYDAY_TOKEN is not set)' : ''
  throw new CrashError(
    'bad-usage',
    `${url} refused the statement with ${response.status}: ${visible(errorIn(text))}${hint}`,
  )
}

function errorIn(text: string): string {
  try {
    const { error, detail } = JSON.parse(text) as { error?: unknown; detail?: unknown }
    return String(error ?? detail ?? text)
  } catch {
    return text.slice(0, 300)
  }
}
