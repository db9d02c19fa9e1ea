// The parameters of a call: those of the query, or of a form in the body.
import { MultipartReader } from '../../shared/report/body/multipart.ts'
import { Refusal } from '../../shared/report/refusals.ts'
import { submissionBoundary } from '../../shared/report/submission.ts'
import { concatBytes } from '../../shared/bytes/concat.ts'
import { ApiProblem } from '../../shared/api/problems.ts'
import type { Endpoint } from '../../shared/api/endpoint.ts'
import type { Bytes } from '../../shared/units.ts'
import type { EdgeDeps } from '../deps.ts'
import { whileInFlight } from '../submit/in-flight.ts'
import { readBody } from '../symbols/symbolicate/request-body.ts'

const maxFormBytes: Bytes = 1024 * 1024
/** Crash data of signatures has many frames. */
const maxJsonBytes: Bytes = 20 * 1024 * 1024

export interface Input {
  parameters: URLSearchParams
  /** Of an endpoint whose body is JSON; empty for others. */
  body: Uint8Array
}

const none = new Uint8Array(0)

/** @throws ApiProblem, TimedOut, Overloaded, ClientGone */
export async function readInput(request: Request, endpoint: Endpoint, deps: EdgeDeps): Promise<Input> {
  const query = new URL(request.url).searchParams
  if (request.method !== 'POST') return { parameters: query, body: none }
  const type = request.headers.get('content-type') ?? ''
  if (endpoint.body !== undefined) {
    if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(type))
      throw new ApiProblem(415, { detail: `Unsupported media type "${type.slice(0, 100)}" in request.` })
    return { parameters: query, body: await whole(request, maxJsonBytes, deps) }
  }
  return { parameters: formOf(await whole(request, maxFormBytes, deps), type), body: none }
}

async function whole(request: Request, maxBytes: Bytes, deps: EdgeDeps): Promise<Uint8Array> {
  const body = await whileInFlight(deps, (bounds) => readBody(request, maxBytes, { deps, bounds }))
  if (!body) throw new ApiProblem(413, { error: `The body has more than ${maxBytes} bytes` })
  return body
}

/** The fields of a form of either encoding; files are ignored. Other bodies have no fields. */
function formOf(body: Uint8Array, type: string): URLSearchParams {
  if (/^application\/x-www-form-urlencoded\b/i.test(type))
    return new URLSearchParams(new TextDecoder().decode(body))
  if (!/^multipart\/form-data\b/i.test(type)) return new URLSearchParams()
  try {
    return multipartFields(body, submissionBoundary(type))
  } catch (error) {
    if (error instanceof Refusal) throw new ApiProblem(400, { error: 'The form in the body is damaged' })
    throw error
  }
}

function multipartFields(body: Uint8Array, boundary: string): URLSearchParams {
  const fields = new URLSearchParams()
  let name: string | null = null
  let pieces: Uint8Array[] = []
  const reader = new MultipartReader(
    boundary,
    {
      part(head) {
        name = head.filename === null ? head.name : null
        pieces = []
      },
      data: (bytes) => void pieces.push(bytes.slice()),
      end() {
        if (name !== null) fields.append(name, new TextDecoder().decode(concatBytes(pieces)))
      },
    },
    { maxPartHeaderBytes: 16 * 1024, maxParts: 10_000 },
  )
  reader.write(body)
  reader.finish()
  return fields
}
