// A call of the API as a request and as a command, from what a reader filled in.
import type { Endpoint } from '../../../shared/api/endpoint.ts'
import { apiPath, type EndpointName } from '../../../shared/api/endpoints.ts'

export type NamedEndpoint = Endpoint & { readonly name: EndpointName }

/** What the form of an endpoint has. */
export interface CallInput {
  /** By the name of the parameter; a value of a repeatable one on each line. */
  readonly fields: ReadonlyMap<string, string>
  /** The query of a search, or the JSON of a body. */
  readonly text: string
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST'
  /** With the query. */
  readonly path: string
  readonly body: { readonly type: string; readonly text: string } | null
}

const formType = 'application/x-www-form-urlencoded'

/** Empty fields are omitted. */
export function apiRequest(endpoint: NamedEndpoint, input: CallInput): ApiRequest {
  const path = apiPath(endpoint.name)
  if (endpoint.body !== undefined)
    return { method: 'POST', path, body: { type: 'application/json', text: input.text } }
  const parameters = parametersOf(endpoint, input).toString()
  if (!endpoint.methods.includes('GET'))
    return { method: 'POST', path, body: { type: formType, text: parameters } }
  return { method: 'GET', path: parameters === '' ? path : `${path}?${parameters}`, body: null }
}

function parametersOf({ parameters, search }: NamedEndpoint, { fields, text }: CallInput): URLSearchParams {
  const query = new URLSearchParams(search ? queryIn(text) : '')
  for (const [name, { kind }] of Object.entries(parameters)) {
    const value = fields.get(name) ?? ''
    const values = kind === 'texts' || kind === 'integers' ? value.split(/\r?\n/) : [value]
    for (const one of values) if (one.trim() !== '') query.append(name, one.trim())
  }
  return query
}

/** Readers paste whole URLs, also those of a search page. */
const queryIn = (text: string): string => text.trim().replace(/^(?:https?:\/\/[^?#\s]*|\/[^?#\s]*)?\?/, '')

/** One word of a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** For a POSIX shell. The token is the variable `TOKEN`, so it is not in the history. */
export function curlCommand(
  { method, path, body }: ApiRequest,
  { origin, hasToken }: { origin: string; hasToken: boolean },
): string {
  const isGet = method === 'GET'
  return [
    'curl',
    ...(hasToken ? ['-H "Auth-Token: $TOKEN"'] : []),
    ...(body && body.type !== formType ? [`-H ${quoted(`Content-Type: ${body.type}`)}`] : []),
    ...(isGet ? [] : [`--data-raw ${quoted(body?.text ?? '')}`]),
    quoted(origin + path),
  ].join(' ')
}
