// Reads from a server: `mayday mcp --server`.
import { collectBytes } from '../../shared/bytes/streams.ts'
import type { PartialCrash } from '../../shared/crash.ts'
import { CrashError, reasonOf } from '../../shared/errors.ts'
import { readProcessedCrash } from '../../shared/fields/public-view.ts'
import type { AnswerV5 } from '../../shared/symbolicate/answer.ts'
import type { Bytes } from '../../shared/units.ts'
import { runRemote } from '../sql/remote.ts'
import { type CrashSource, firstRows } from './source.ts'

const maxBytes: Bytes = 64 * 1024 * 1024

/** @throws CrashError 'bad-usage' when `url` is not that of a server */
export function serverSource(url: string, token: string | null): CrashSource {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CrashError('bad-usage', `--server must be a URL like https://crashes.example.org, not '${url}'`)
  const root = url.replace(/\/+$/, '')
  const ask = (path: string, signal: AbortSignal, init: RequestInit = {}) =>
    readJson(`${root}/${path}`, { ...init, signal, headers: { ...init.headers, ...tokenHeader(token) } })
  return {
    dashboard: root,
    document: (key, signal) => ask(key, signal),
    async report(crashId, signal) {
      const json = await ask(`api/report/${encodeURIComponent(crashId)}`, signal)
      return json === null ? null : (readProcessedCrash(json) as PartialCrash)
    },
    search: async (parameters, signal) => required(await ask(`api/SuperSearch/?${parameters}`, signal), root),
    async sql(sql, mostRows, signal) {
      const request = { sql, format: 'jsonl', parameters: {} }
      return firstRows(await runRemote({ url: root, token, signal }, request), mostRows)
    },
    async symbolicate(job, signal) {
      const init = {
        method: 'POST',
        body: JSON.stringify(job),
        headers: { 'content-type': 'application/json' },
      }
      const answer = required(await ask('symbols/symbolicate/v5', signal, init), root) as AnswerV5
      return answer.results[0]!
    },
  }
}

const tokenHeader = (token: string | null): Record<string, string> =>
  token === null ? {} : { 'auth-token': token }

function required(json: unknown, root: string): unknown {
  if (json === null) throw new CrashError('missing', `${root} does not answer this; is it a mayday serve?`)
  return json
}

/** Null for 404. */
async function readJson(url: string, init: RequestInit): Promise<unknown> {
  const { origin } = new URL(url)
  const response = await fetch(url, { ...init, redirect: 'error' }).catch((cause) => {
    throw new CrashError('storage', `${origin} did not respond: ${reasonOf(cause)}`)
  })
  const text = new TextDecoder().decode(
    await collectBytes(response.body ?? [], maxBytes, `An answer of ${origin}`),
  )
  if (response.status === 404) return null
  try {
    const json: unknown = JSON.parse(text)
    if (response.ok) return json
    const { error, errors, description, title } = json as Record<string, unknown>
    const what = error ?? (errors && JSON.stringify(errors)) ?? description ?? title ?? ''
    throw new CrashError('bad-usage', `${origin} answered ${response.status}: ${String(what).slice(0, 1000)}`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new CrashError('storage', `${origin} answered ${response.status} without JSON`)
  }
}
