// Loads the samples into a running system: symbols into their bucket, crash reports to the edge over HTTP.
import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import pMap, { pMapIterable } from 'p-map'
import { dateAt } from '../../../shared/time/dates.ts'
import { parseCrashKey, rawPrefix } from '../../../shared/keys.ts'
import { readReportMetadata } from '../../../shared/report/stored.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { recordArrival } from '../../../shared/symbols/arrivals.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { addOwn } from '../../../shared/own.ts'
import { startProgress } from '../../cli/progress.ts'
import { sendReport } from '../../exchange/sender.ts'
import { encodeSubmission } from '../../exchange/client-requests.ts'
import { sampleApps } from './apps.ts'
import { fixturesDir, listSamples, type Sample } from './samples.ts'

const reportsAtOnce = 16

/** The outcome of sending the samples. */
export interface SampleOutcome {
  sent: number
  /** Ids of stored reports, in the order they were sent. */
  stored: string[]
  /** How many of these were already stored. */
  known: number
  /** Refused reports by reason. */
  refused: Record<string, number>
  /** Reasons of reports without a response. */
  failed: string[]
  /** The earlier day on which the samples were stored; then nothing was sent. Else null. */
  earlier: IsoDate | null
}

/**
 * Sends every sample to the edge at `url` (without a path). Reports sent again on the same day get the same id; on a
 * later day they would count again, so samples stored on an earlier day are not sent.
 */
export async function sendSamples(url: string, crashes: Storage): Promise<SampleOutcome> {
  const before = await listStored(crashes)
  const outcome: SampleOutcome = { sent: 0, stored: [], known: 0, refused: {}, failed: [], earlier: null }
  const today = dateAt(new Date())
  const earlier = [...before.values()].sort().find((date) => date < today)
  if (earlier) return { ...outcome, earlier, stored: [...before.keys()] }
  const samples = listSamples().filter(({ once }) => !once || before.size === 0)
  using progress = startProgress('Submitting', samples.length, 'reports')
  const sendSample = async (sample: Sample) => {
    const result = await sendReport(`${url}/submit`, requestOf(sample))
    progress.tick()
    return { sample, result }
  }
  const results = pMapIterable(samples, sendSample, { concurrency: reportsAtOnce })
  for await (const { sample, result } of results) {
    outcome.sent++
    if (result.kind === 'failed') outcome.failed.push(`${sample.title}: ${result.reason}`)
    else if (result.kind === 'refused') addOwn(outcome.refused, result.reason, 1)
    else {
      outcome.stored.push(result.crashId)
      if (before.has(result.crashId)) outcome.known++
    }
  }
  return outcome
}

function requestOf({ submission, truncated }: Sample) {
  const request = encodeSubmission(submission)
  return truncated ? { ...request, body: request.body.subarray(0, request.body.length >> 1) } : request
}

/** Stored reports of the sample apps: day by crash ID. */
async function listStored(crashes: Storage): Promise<Map<string, IsoDate>> {
  const products = new Set(sampleApps.map((app) => app.product))
  const stored = new Map<string, IsoDate>()
  for await (const { key, metadata } of crashes.list(rawPrefix())) {
    const parsed = parseCrashKey(key)
    if (parsed && products.has(readReportMetadata(metadata).product)) stored.set(parsed.crashId, parsed.date)
  }
  return stored
}

/** Uploads missing symbol files of the sample apps. Returns how many were uploaded, and how many there are. */
export async function uploadSampleSymbols(symbols: Storage): Promise<{ uploaded: number; all: number }> {
  const folder = join(fixturesDir, 'symbols')
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.sym.gz'))
  const there = new Set<string>()
  for await (const { key } of symbols.list('')) there.add(key)
  const missing = files.filter((file) => !there.has(keyOf(file)))
  const upload = async (file: string) =>
    symbols.put(keyOf(file), await readFile(join(folder, file)), {
      contentType: 'text/plain',
      contentEncoding: 'gzip',
      ifNoneMatch: '*',
    })
  await pMap(missing, upload, { concurrency: 4 })
  await recordArrival(symbols, missing.map(moduleOf), new Date())
  return { uploaded: missing.length, all: files.length }
}

function moduleOf(file: string) {
  const [debug_file = '', debug_id = ''] = keyOf(file).split('/')
  return { debug_file, debug_id, code_file: '', code_id: '' }
}

/** `<debug_file>/<debug_id>/<sym_file>`: the bucket stores gzip under the plain name. */
const keyOf = (file: string) => file.split(sep).join('/').replace(/\.gz$/, '')
