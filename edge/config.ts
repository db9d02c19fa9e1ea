// The edge's settings: one table, read from the environment in one place.
import { CrashError } from '../shared/errors.ts'
import { own } from '../shared/own.ts'
import { type EdgeSetting, minKeyLength } from '../shared/settings.ts'
import { isPublicKey } from '../shared/sentry/key.ts'

export interface Config {
  /** Secret under which crash ids are made; null when none is set. */
  crashIdKey: string | null
  /** Name of a preset, or a policy document as JSON. */
  policy: string
  /** Bearer token of senders that may choose crash ids; null: nobody may. */
  submitToken: string | null
  /** Bearer token for protected data; null: nobody sees it. */
  readToken: string | null
  /** Bearer token for metrics and trying errors; null: nobody. */
  operatorToken: string | null
  /** How long a body may bring nothing before its report is given up. */
  bodyTimeoutMs: number
  /** How long one submission may take in all. */
  submitTimeoutMs: number
  /** Time for one write to the store, retries included. */
  storeTimeoutMs: number
  /** How long counts of refused reports wait in memory. */
  refusalsFlushMs: number
  /** Memory that reports at work may hold together, in MiB. */
  budgetMb: number
  /** More paths that take submissions as `/submit` does, without a slash at their end. */
  submitPaths: readonly string[]
  /** Product by public key of Sentry's clients; null: any key is taken, and the report says the product. */
  sentryProjects: ReadonlyMap<string, string> | null
  /** Under Deno: submissions of one client per minute. */
  ratePerMinute: number
  /** Under Deno: reads of one client per minute. */
  readsPerMinute: number
  /** Under Deno, behind a proxy: the header that holds the client's address. */
  clientAddressHeader: string | null
  /** Under Deno: how many proxies in a row append to that header. */
  trustedProxyHops: number
  /** Under Deno: where to keep things, and where to listen. */
  store: string
  port: number
  host: string
  /** Under Deno: the store of reports that the store does not take; null: none. */
  fallbackStore: string | null
  /** Under Deno: another port, for clients of HTTP/1.0 that send chunks; null: none. */
  http10Port: number | null
  /** What `/__version__` says: a JSON object. */
  version: Record<string, unknown>
}

type Parse<T> = (text: string) => T

interface Setting<T> {
  name: EdgeSetting
  parse: Parse<T>
  fallback: T
  doc: string
}

const text: Parse<string> = (value) => value
const optional: Parse<string | null> = (value) => value

function number(min: number, max: number): Parse<number> {
  return (value) => {
    const parsed = Number(value)
    if (!Number.isFinite(parsed) || parsed < min || parsed > max) {
      throw new CrashError('bad-config', `a number from ${min} to ${max}`)
    }
    return parsed
  }
}

function integer(min: number, max: number): Parse<number> {
  const parse = number(min, max)
  return (value) => {
    if (/^\d+$/.test(value)) return parse(value)
    throw new CrashError('bad-config', `an integer from ${min} to ${max}`)
  }
}

function headerName(value: string): string {
  if (/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(value)) return value
  throw new CrashError('bad-config', 'the name of a header')
}

function token(value: string): string {
  if (value.length >= minKeyLength && /^[!-~]+$/.test(value)) return value
  throw new CrashError('bad-config', `at least ${minKeyLength} visible ASCII characters`)
}

function key(value: string): string {
  if (value.length >= minKeyLength) return value
  throw new CrashError('bad-config', `at least ${minKeyLength} characters: make it long and random`)
}

function jsonObject(value: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(value)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Record<string, unknown>
    }
  } catch {}
  throw new CrashError('bad-config', 'a JSON object')
}

function productsByKey(value: string): ReadonlyMap<string, string> {
  const entries = Object.entries(jsonObject(value))
  const isSound = entries.every(
    ([key, product]) => isPublicKey(key) && typeof product === 'string' && /^.{1,100}$/.test(product),
  )
  if (isSound && entries.length > 0) return new Map(entries as [string, string][])
  throw new CrashError('bad-config', 'a JSON object of public keys and product names: {"<key>": "<product>"}')
}

/** Paths that have a meaning of their own. */
const takenPath = /^\/(?:api|aggregates|assets|symbols|submit\/.*|__.*)(?:\/|$)/

function paths(value: string): readonly string[] {
  const list = value.split(',').map((path) => path.trim().replace(/(?<=.)\/$/, ''))
  const bad = list.find((path) => !/^(?:\/[\w.~-]{1,100}){1,10}$/.test(path) || takenPath.test(path))
  if (bad === undefined && list.length <= 50) return list
  throw new CrashError(
    'bad-config',
    `at most 50 paths like \`/crash/upload\`, separated by commas, none of which Mayday uses itself${bad === undefined ? '' : ` (${JSON.stringify(bad)})`}`,
  )
}

const setting = <T>(row: Setting<T>): Setting<T> => row

/** Every setting. On Workers, bindings say where things are kept. */
const settings = {
  crashIdKey: setting<string | null>({
    name: 'CRASH_ID_KEY',
    parse: key,
    fallback: null,
    doc: 'secret from which crash ids are made, at least 16 characters; never change it, for a report sent again gets its id from it',
  }),
  policy: setting({
    name: 'MAYDAY_POLICY',
    parse: text,
    fallback: 'accept-all',
    doc: 'throttling: `accept-all`, `mozilla`, or a policy document as JSON',
  }),
  submitToken: setting<string | null>({
    name: 'SUBMIT_TOKEN',
    parse: token,
    fallback: null,
    doc: 'bearer token of senders that may choose crash ids; unset: nobody may',
  }),
  readToken: setting<string | null>({
    name: 'READ_TOKEN',
    parse: token,
    fallback: null,
    doc: 'bearer token for protected data; unset: nobody sees it',
  }),
  operatorToken: setting<string | null>({
    name: 'OPERATOR_TOKEN',
    parse: token,
    fallback: null,
    doc: 'bearer token for `/__broken__` and `/__metrics__`; unset: only this machine may',
  }),
  bodyTimeoutMs: setting({
    name: 'BODY_TIMEOUT_MS',
    parse: number(100, 3_600_000),
    fallback: 60_000,
    doc: 'how long a client may send nothing before it gets 408; then it must send 500 bytes per second',
  }),
  submitTimeoutMs: setting({
    name: 'SUBMIT_TIMEOUT_MS',
    parse: number(100, 3_600_000),
    fallback: 300_000,
    doc: 'how long one submission may take in all, from its headers to the answer; then it gets 408',
  }),
  storeTimeoutMs: setting({
    name: 'STORE_TIMEOUT_MS',
    parse: number(100, 60_000),
    fallback: 10_000,
    doc: 'how long one report may take to be stored, tries again included',
  }),
  refusalsFlushMs: setting({
    name: 'REFUSALS_FLUSH_MS',
    parse: number(100, 25_000),
    fallback: 20_000,
    doc: 'how long counts of refused reports wait in memory for being written together',
  }),
  budgetMb: setting({
    name: 'BUDGET_MB',
    parse: number(1, 100_000),
    fallback: 64,
    doc: 'memory of all in-flight reports, in MiB; beyond it slow clients are dropped, then new ones get 503',
  }),
  submitPaths: setting<readonly string[]>({
    name: 'SUBMIT_PATHS',
    parse: paths,
    fallback: [],
    doc: 'more paths that take submissions, beside `/submit`, `/post` and `/crashreports`; separated by commas',
  }),
  sentryProjects: setting<ReadonlyMap<string, string> | null>({
    name: 'SENTRY_PROJECTS',
    parse: productsByKey,
    fallback: null,
    doc: 'products of clients of Sentry by public key, as JSON: `{"<key>": "<product>"}`; other keys get 403. Unset: any key is taken, and the report names the product',
  }),
  ratePerMinute: setting({
    name: 'RATE_PER_MINUTE',
    parse: number(1, 1_000_000),
    fallback: 300,
    doc: 'under Deno: how many submissions one client may send per minute (on Workers: wrangler.toml)',
  }),
  readsPerMinute: setting({
    name: 'READS_PER_MINUTE',
    parse: number(1, 1_000_000),
    fallback: 600,
    doc: 'under Deno: how many reports and aggregates one client may read per minute (on Workers: wrangler.toml)',
  }),
  clientAddressHeader: setting<string | null>({
    name: 'CLIENT_ADDRESS_HEADER',
    parse: headerName,
    fallback: null,
    doc: 'under Deno, behind a proxy: the header to which the proxy appends the address of the client, such as `X-Forwarded-For`',
  }),
  trustedProxyHops: setting({
    name: 'TRUSTED_PROXY_HOPS',
    parse: integer(1, 100),
    fallback: 1,
    doc: 'under Deno: how many proxies append to `CLIENT_ADDRESS_HEADER`; the client is that many addresses from its end',
  }),
  store: setting({
    name: 'MAYDAY_STORE',
    parse: text,
    fallback: 'file:./data',
    doc: 'under Deno: store URL, `file:<folder>` or `s3:https://<endpoint>/?region=<region>`',
  }),
  port: setting({
    name: 'PORT',
    parse: number(0, 65_535),
    fallback: 8787,
    doc: 'under Deno: port to listen on',
  }),
  host: setting({
    name: 'HOST',
    parse: text,
    fallback: '0.0.0.0',
    doc: 'under Deno: address to listen on',
  }),
  fallbackStore: setting<string | null>({
    name: 'FALLBACK_STORE',
    parse: optional,
    fallback: null,
    doc: 'under Deno: store URL for reports that the store does not take (on Workers: the binding `FALLBACK`)',
  }),
  http10Port: setting<number | null>({
    name: 'HTTP10_PORT',
    parse: number(0, 65_535),
    fallback: null,
    doc: 'under Deno: another port, for clients that send HTTP/1.0 in chunks (Crashpad without libcurl, as on Android)',
  }),
  version: setting<Record<string, unknown>>({
    name: 'MAYDAY_VERSION',
    parse: jsonObject,
    fallback: {},
    doc: 'what `/__version__` answers: a JSON object with version, commit, source, build',
  }),
}

type Values = { [K in keyof typeof settings]: (typeof settings)[K]['fallback'] }

function showFallback(fallback: unknown): string {
  if (fallback === null) return ''
  if (Array.isArray(fallback)) return fallback.join(',')
  return typeof fallback === 'object' ? JSON.stringify(fallback) : `${fallback}`
}

/** Name, default and meaning of every setting, for the docs. */
export const settingDocs: readonly { name: string; fallback: string; doc: string }[] = Object.values(
  settings,
).map(({ name, fallback, doc }) => ({
  name,
  fallback: showFallback(fallback),
  doc,
}))

/**
 * Reads the settings; anything else in `env` is left alone. An empty value counts as unset.
 * @throws CrashError 'bad-config' naming everything that is wrong
 */
export function readConfig(env: Readonly<Record<string, unknown>>): Config {
  const problems: string[] = []
  const read = <T>({ name, parse, fallback }: Setting<T>): T => {
    const value = own(env, name)
    if (value === undefined || value === '') return fallback
    try {
      return parse(String(value))
    } catch (error) {
      problems.push(`${name} must be ${(error as Error).message}`)
      return fallback
    }
  }
  const values = Object.fromEntries(
    Object.entries(settings).map(([key, row]) => [key, read(row as Setting<unknown>)]),
  ) as Values
  if (problems.length > 0) throw new CrashError('bad-config', `Bad settings: ${problems.join('; ')}`)
  return values
}

const developmentKey = 'development-only-crash-id-key: set CRASH_ID_KEY'

/**
 * The key for the crash id of a request. Without `CRASH_ID_KEY`, requests of this machine itself (`isLocal`) get a fixed
 * development key; all others cannot be stored.
 * @throws CrashError 'bad-config'
 */
export function crashIdKeyFor(config: Config, isLocal: boolean): { key: string; development: boolean } {
  if (config.crashIdKey !== null) return { key: config.crashIdKey, development: false }
  if (isLocal) return { key: developmentKey, development: true }
  throw new CrashError(
    'bad-config',
    'CRASH_ID_KEY is not set: no report can be taken. Set it to a long random secret',
  )
}
