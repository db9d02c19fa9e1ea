// SignatureFirstDate and CrashSignature.
import type { Call } from '../../shared/api/calls.ts'
import { ApiProblem } from '../../shared/api/problems.ts'
import { isObject, own } from '../../shared/own.ts'
import { type CrashData, crashDataFrom, type Untrusted } from '../../shared/signature/crash-data.ts'
import { presets } from '../../shared/signature/default-lists.ts'
import { isFields } from '../../shared/signature/python-compat/python.ts'
import { needsExactReader, readJson } from '../../shared/signature/python-compat/json.ts'
import { generateSignature, type SignatureOptions } from '../../shared/signature/signature.ts'
import type { LiveTables } from './live-tables.ts'

interface FirstSeen {
  signature: string
  date: string
  build: string | null
}

/** The first time in the crashes of that day; the start of the day when they have expired. */
export async function firstDates(
  { args, signal }: Call<'SignatureFirstDate'>,
  tables: LiveTables,
): Promise<object> {
  const signatures = [...new Set(args.signatures)]
  return tables.read(signal, async ({ relation, run }) => {
    const days = await relation('signatures')
    const seen = await run<FirstSeen>(
      `SELECT signature, min(date)::VARCHAR AS date,
         coalesce(min(try_cast(first_build AS UBIGINT))::VARCHAR, min(first_build)) AS build
       FROM ${days} WHERE list_contains($signatures, signature) GROUP BY signature ORDER BY signature`,
      { signatures },
    )
    if (seen.length === 0) return { hits: [], total: 0 }
    const crashes = await relation('crashes', { dates: new Set(seen.map(({ date }) => date)) })
    const times = await run<{ signature: string; date: string; first: string }>(
      `SELECT signature, date::VARCHAR AS date, strftime(min(submitted_at), '%Y-%m-%dT%H:%M:%S.%f+00:00') AS first
       FROM ${crashes} WHERE list_contains($signatures, signature) AND duplicate_of IS NULL GROUP BY ALL`,
      { signatures },
    )
    const byDay = new Map(times.map(({ signature, date, first }) => [`${date} ${signature}`, first]))
    const hits = seen.map(({ signature, date, build }) => ({
      signature,
      first_build: build ?? '',
      first_date: byDay.get(`${date} ${signature}`) ?? `${date}T00:00:00+00:00`,
    }))
    return { hits, total: hits.length }
  })
}

const options: SignatureOptions = { compat: 'socorro', presets, explain: false }
const maxJobs = 1000
/** The process serves others between them. */
const jobsPerTurn = 10

/** Signatures as Crash Stats generates them: with the rules of the preset `mozilla`. */
export async function crashSignatures({ body, signal }: Call<'CrashSignature'>): Promise<object> {
  const json = parse(body)
  const jobs = isObject(json) && !Array.isArray(json) ? (own(json, 'jobs') ?? []) : []
  if (!Array.isArray(jobs) || jobs.length === 0) throw new ApiProblem(400, { error: 'no jobs specified' })
  if (jobs.length > maxJobs) throw new ApiProblem(400, { error: `more than ${maxJobs} jobs` })
  const results: object[] = []
  for (const [i, job] of jobs.entries()) {
    if (i % jobsPerTurn === 0) await new Promise((resume) => setImmediate(resume))
    signal.throwIfAborted()
    if (!isFields(job)) throw new ApiProblem(400, { error: `job ${i} is not an object` })
    const data: Untrusted<CrashData> = 'json_dump' in job ? crashDataFrom(job) : job
    const { signature, notes, extra } = generateSignature(data, options)
    results.push({ signature, notes, extra })
  }
  return { results }
}

function parse(body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body)
  try {
    return needsExactReader(text) ? readJson(text) : JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ApiProblem(400, { detail: `JSON parse error - ${why}` })
  }
}
