// Sends symbol files to a symbol server, by the manifest protocol: only those that it lacks, one by one.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import * as z from 'zod/mini'
import { batchesOf } from '../../shared/batches.ts'
import { CrashError, isCrashError, reasonOf } from '../../shared/errors.ts'
import { check } from '../../shared/json/schema.ts'
import { retry } from '../../shared/retry.ts'
import { type AddOptions, type AddReport, noneAdded } from './add-symbols.ts'
import { findLocalSymbols, makeScratch } from './local-symbols.ts'
import type { LocalFile, Problem } from './symbol-file.ts'

const filesPerManifest = 500
const timeoutMs = 1_800_000

const action = z.discriminatedUnion('type', [
  z.object({ type: z.literal('upload'), url: z.string(), content_encoding: z.nullable(z.string()) }),
  z.object({ type: z.literal('skip') }),
  z.object({ type: z.literal('error'), msg: z.string() }),
])
const answer = z.object({ files: z.array(z.object({ key: z.string(), action })) })

interface Described extends LocalFile {
  key: string
  size: number
  md5_hash: string
}

export interface Server {
  /** Base URL, such as `https://crash.example.org/symbols`. */
  url: string
  token: string
}

/** @throws CrashError 'missing', 'storage' when the server fails or refuses the token */
export async function sendSymbols(
  paths: readonly string[],
  server: Server,
  { onFile }: Pick<AddOptions, 'onFile'>,
): Promise<AddReport> {
  await using scratch = await makeScratch()
  const report = noneAdded()
  const files: Described[] = []
  const onProblem = (problem: Problem) => report.refused.push(problem)
  const options = { scratch: scratch.path, onProblem, onFile }
  for await (const file of findLocalSymbols(paths, options)) {
    try {
      files.push(await describe(file))
      if (file.summary) report.modules.push({ file: file.from, summary: file.summary() })
    } catch (error) {
      if (!isCrashError(error)) throw error
      report.refused.push({ file: file.from, problem: error.message })
    }
  }
  for (const batch of batchesOf(files, filesPerManifest)) {
    const actions = await postManifest(batch, server)
    for (const [i, file] of batch.entries()) {
      await follow(actions[i]!, file, report)
      onFile()
    }
  }
  return report
}

async function describe(file: LocalFile): Promise<Described> {
  const hash = createHash('md5')
  let size = 0
  for await (const piece of file.open()) {
    hash.update(piece)
    size += piece.length
  }
  const { name, id, leaf } = file.path
  return { ...file, key: `${name}/${id}/${leaf}`, size, md5_hash: hash.digest('hex') }
}

type Action = z.output<typeof action>

async function postManifest(files: readonly Described[], { url, token }: Server): Promise<Action[]> {
  const body = JSON.stringify({ files: files.map(({ key, size, md5_hash }) => ({ key, size, md5_hash })) })
  const target = `${url.replace(/\/+$/, '')}/upload/v2/`
  const response = await send(target, () => ({ method: 'POST', headers: { 'auth-token': token }, body }))
  const text = await response.text()
  if (response.status !== 201) throw refusal(target, response.status, text)
  const { data } = check(answer, parse(text))
  if (data?.files.length !== files.length)
    throw new CrashError('storage', `${target} did not answer as a symbol server`)
  return data.files.map((file) => file.action)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const maxShown = 300

const refusal = (url: string, status: number, text: string) => {
  const { data } = check(z.object({ error: z.string() }), parse(text))
  return new CrashError('storage', `${url} answered ${status}: ${(data?.error ?? text).slice(0, maxShown)}`)
}

async function follow(todo: Action, file: Described, report: AddReport): Promise<void> {
  if (todo.type === 'skip') report.unchanged.push(file.key)
  else if (todo.type === 'error') report.refused.push({ file: file.from, problem: todo.msg })
  else {
    const problem = await put(todo, file)
    if (problem === null) report.added.push(file.key)
    else report.refused.push({ file: file.from, problem })
  }
}

/** Null when the file was stored. */
async function put(todo: Action & { type: 'upload' }, file: Described): Promise<string | null> {
  const isGzip = todo.content_encoding === 'gzip'
  const bodyOf = () => {
    const content = Readable.from(file.open(), { objectMode: false })
    return Readable.toWeb(isGzip ? content.pipe(createGzip({ level: 6 })) : content) as ReadableStream
  }
  const headers = {
    'content-type': 'application/octet-stream',
    ...(isGzip && { 'content-encoding': 'gzip' }),
  }
  const response = await send(todo.url, () => ({ method: 'PUT', headers, body: bodyOf(), duplex: 'half' }))
  const text = await response.text()
  if (response.ok) return null
  if (response.status === 400) return refusal('The server', 400, text).message
  throw refusal(new URL(todo.url).origin, response.status, text)
}

class Transient extends Error {}

/** Retried after 429, 5xx and failed connections. @throws CrashError 'storage' */
async function send(url: string, init: () => RequestInit & { duplex?: 'half' }): Promise<Response> {
  const attempt = async () => {
    const response = await fetch(url, { ...init(), signal: AbortSignal.timeout(timeoutMs) })
    if (response.status !== 429 && response.status < 500) return response
    await response.body?.cancel()
    throw new Transient(`it answered ${response.status}`)
  }
  try {
    return await retry(attempt, { isTransient: () => true })
  } catch (cause) {
    const why = cause instanceof Transient ? cause.message : reasonOf(cause)
    throw new CrashError('storage', `${new URL(url).origin} cannot be reached: ${why}`, { cause })
  }
}
