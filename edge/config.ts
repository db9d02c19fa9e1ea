// The settings of the edge: one table, read from the environment in one place.
import * as z from 'zod/mini'
import { CrashError } from '../shared/errors.ts'
import { check, numberText, parsed } from '../shared/json/schema.ts'
import { own } from '../shared/own.ts'
import { isPublicKey } from '../shared/sentry/key.ts'
import { type EdgeSetting, minKeyLength, symbolFetchMb } from '../shared/settings.ts'

/** Parses the text of a setting. */
type Parse<T> = z.ZodMiniType<T, string>

interface Setting<T> {
  name: EdgeSetting
  parse: Parse<T>
  fallback: T
  doc: string
}

const text = z.string()
const optional: Parse<string | null> = text

function number(min: number, max: number): Parse<number> {
  const message = `must be a number from ${min} to ${max}`
  const inRange = z.number(message).check(z.minimum(min, message), z.maximum(max, message))
  return z.pipe(z.pipe(z.string(), z.transform(Number)), inRange)
}

const headerName = z.string().check(z.regex(/^[\w!#$%&'*+.^`|~-]{1,100}$/, 'must be the name of a header'))

const tokenText = `must be at least ${minKeyLength} visible ASCII characters; during a rotation two such tokens, separated by a space`
const tokens = parsed<readonly string[]>((value) => {
  const given = value.trim().split(/ +/)
  const areSound = given.every((one) => one.length >= minKeyLength && /^[!-~]+$/.test(one))
  return areSound && given.length <= 2 ? given : null
}, tokenText)

const key = z
  .string()
  .check(z.minLength(minKeyLength, `must be at least ${minKeyLength} characters: make it long and random`))

const jsonObject = parsed(readObject, 'must be a JSON object')

function readObject(value: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(value)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : null
  } catch {
    return null
  }
}

const productsByKey = parsed<ReadonlyMap<string, string>>((value) => {
  const entries = Object.entries(readObject(value) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  const isSound = entries.every(([key, product]) => isPublicKey(key) && /^.{1,100}$/.test(product))
  const isWhole = entries.length === Object.keys(readObject(value) ?? {}).length
  return isSound && isWhole && entries.length > 0 ? new Map(entries) : null
}, 'must be a JSON object of public keys and product names: {"<key>": "<product>"}')

/** Reserved paths. */
const takenPath = /^\/(?:api|aggregates|assets|symbols|search-data|tables|iceberg|submit\/.*|__.*)(?:\/|$)/

const paths = z.pipe(
  z.pipe(
    z.string(),
    z.transform((value) => value.split(',').map((path) => path.trim().replace(/(?<=.)\/$/, ''))),
  ),
  z
    .array(
      z
        .string()
        .check(
          z.refine(
            (path) => /^(?:\/[\w.~-]{1,100}){1,10}$/.test(path) && !takenPath.test(path),
            'must be a path like `/crash/upload` that Mayday does not use itself',
          ),
        ),
    )
    .check(z.maxLength(50, 'must be at most 50 paths, separated by commas')),
)

const serverUrls = parsed<readonly string[]>((value) => {
  const urls = value.split(',').map((url) => url.trim())
  const isSound = (url: string) =>
    /^https?:\/\/[^\s]+$/.test(url) && URL.canParse(url) && !/^[^/]+\/\/[^/]*@/.test(url)
  return urls.length <= 10 && urls.every(isSound) ? urls : null
}, 'must be up to 10 URLs of symbol servers without passwords, separated by commas')

const origin = parsed<string>((value) => {
  const url = URL.canParse(value) ? new URL(value) : null
  const isSound = url !== null && /^https?:$/.test(url.protocol) && /^[^/?#@]+\/\/[^/?#@]+\/?$/.test(value)
  return isSound ? url.origin : null
}, 'must be an origin such as https://api.internal:8787')

const hosts = z.pipe(
  z.pipe(
    z.string(),
    z.transform((value) => value.split(',').map((host) => host.trim().toLowerCase())),
  ),
  z.array(
    z
      .string()
      .check(z.regex(/^(?:https?:\/\/)?[\w.-]+(?::\d+)?$/, 'must be hosts or origins, separated by commas')),
  ),
)

const setting = <T>(row: Setting<T>): Setting<T> => row

/** Every setting. On Workers, bindings provide the stores. */
const settings = {
  crashIdKey: setting<string | null>({
    name: 'CRASH_ID_KEY',
    parse: key,
    fallback: null,
    doc: 'secret for crash IDs, at least 16 characters. Resent reports get their IDs from it: when you change it, move the old one to `CRASH_ID_KEY_PREVIOUS`',
  }),
  previousCrashIdKey: setting<string | null>({
    name: 'CRASH_ID_KEY_PREVIOUS',
    parse: key,
    fallback: null,
    doc: 'the former `CRASH_ID_KEY`: a report that was stored under it in the last week gets the same ID again. Remove it a week after the change; until then a report costs seven small reads more',
  }),
  policy: setting({
    name: 'MAYDAY_POLICY',
    parse: text,
    fallback: 'accept-all',
    doc: 'throttling: `accept-all`, `mozilla`, or a policy as JSON',
  }),
  submitToken: setting<readonly string[]>({
    name: 'SUBMIT_TOKEN',
    parse: tokens,
    fallback: [],
    doc: 'token with the permission `submit_ids`: its senders may choose crash IDs. Two, separated by a space, during a rotation',
  }),
  readToken: setting<readonly string[]>({
    name: 'READ_TOKEN',
    parse: tokens,
    fallback: [],
    doc: 'token with the permissions `view_pii` and `view_rawdump`: access to protected data. One or two',
  }),
  operatorToken: setting<readonly string[]>({
    name: 'OPERATOR_TOKEN',
    parse: tokens,
    fallback: [],
    doc: 'token with the permission `operate`: access to `/__broken__` and `/__metrics__`. One or two; unset: also local requests',
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
    doc: 'total time of one submission, from its headers to the response; then it gets 408',
  }),
  storeTimeoutMs: setting({
    name: 'STORE_TIMEOUT_MS',
    parse: number(100, 60_000),
    fallback: 10_000,
    doc: 'total time to store one report, including retries',
  }),
  refusalsFlushMs: setting({
    name: 'REFUSALS_FLUSH_MS',
    parse: number(100, 25_000),
    fallback: 20_000,
    doc: 'how long counts of refused reports and rows of the audit wait in memory before they are written',
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
    doc: 'additional submission paths besides `/submit`, `/post` and `/crashreports`; separated by commas',
  }),
  sentryProjects: setting<ReadonlyMap<string, string> | null>({
    name: 'SENTRY_PROJECTS',
    parse: productsByKey,
    fallback: null,
    doc: 'products of Sentry clients by public key, as JSON: `{"<key>": "<product>"}`; other keys get 403. Unset: any key is accepted, and the report names the product',
  }),
  symbolServers: setting<readonly string[]>({
    name: 'SYMBOL_SERVERS',
    parse: serverUrls,
    fallback: [],
    doc: 'symbol servers that symbolication asks for modules that the store lacks, such as `https://symbols.mozilla.org/try`; separated by commas',
  }),
  symbolServerWaitMs: setting({
    name: 'SYMBOL_SERVER_WAIT_MS',
    parse: number(0, 60_000),
    fallback: 3000,
    doc: 'how long a request waits for `SYMBOL_SERVERS`; later answers have the symbols',
  }),
  symbolicateTimeoutMs: setting({
    name: 'SYMBOLICATE_TIMEOUT_MS',
    parse: number(100, 300_000),
    fallback: 25_000,
    doc: 'time for the lookups of one request; modules that were not read by then are reported',
  }),
  symbolUploadHosts: setting<readonly string[]>({
    name: 'SYMBOL_UPLOAD_HOSTS',
    parse: hosts,
    fallback: [],
    doc: 'hosts from which archives of symbols may be uploaded by URL, separated by commas: `host` for https, or an origin like `http://ci.internal:8080`',
  }),
  symbolUploadMb: setting({
    name: 'SYMBOL_UPLOAD_MB',
    parse: number(1, 100_000),
    fallback: 2048,
    doc: 'largest upload of symbols, in MiB; Workers itself accepts 100 MB to 500 MB, depending on the plan',
  }),
  symbolFetchMb: setting<number>({
    name: symbolFetchMb.name,
    parse: number(symbolFetchMb.min, symbolFetchMb.max),
    fallback: symbolFetchMb.fallback,
    doc: 'largest symbol file of `SYMBOL_SERVERS`, inflated, in MiB; the edge indexes only files that fit into its memory: 128 MiB under Deno and Node, 4 MiB on Workers',
  }),
  symbolUploadTimeoutMs: setting({
    name: 'SYMBOL_UPLOAD_TIMEOUT_MS',
    parse: number(1000, 86_400_000),
    fallback: 1_800_000,
    doc: 'total time of one upload of symbols, from its headers to the response',
  }),
  apiOrigin: setting<string | null>({
    name: 'API_ORIGIN',
    parse: origin,
    fallback: null,
    doc: 'origin of a `mayday serve` over the same store, such as `https://api.internal:8787`, to which the API is passed on',
  }),
  ratePerMinute: setting({
    name: 'RATE_PER_MINUTE',
    parse: number(1, 1_000_000),
    fallback: 300,
    doc: 'under Deno and Node: submissions per client and minute (on Workers: wrangler.toml)',
  }),
  readsPerMinute: setting({
    name: 'READS_PER_MINUTE',
    parse: number(1, 1_000_000),
    fallback: 600,
    doc: 'under Deno and Node: reads of reports, aggregates, search files and tables per client and minute (on Workers: wrangler.toml)',
  }),
  clientAddressHeader: setting<string | null>({
    name: 'CLIENT_ADDRESS_HEADER',
    parse: headerName,
    fallback: null,
    doc: "under Deno and Node, behind a proxy: the header to which the proxy appends the client's address, such as `X-Forwarded-For`",
  }),
  trustedProxyHops: setting({
    name: 'TRUSTED_PROXY_HOPS',
    parse: numberText(1, 100),
    fallback: 1,
    doc: 'under Deno and Node: how many proxies append to `CLIENT_ADDRESS_HEADER`; the client is that many addresses from its end',
  }),
  store: setting({
    name: 'MAYDAY_STORE',
    parse: text,
    fallback: 'file:./data',
    doc: 'under Deno and Node: store URL, `file:<folder>` or `s3:https://<endpoint>/?region=<region>`',
  }),
  port: setting({
    name: 'PORT',
    parse: number(0, 65_535),
    fallback: 8787,
    doc: 'under Deno and Node: port to listen on',
  }),
  host: setting({
    name: 'HOST',
    parse: text,
    fallback: '0.0.0.0',
    doc: 'under Deno and Node: address to listen on',
  }),
  fallbackStore: setting<string | null>({
    name: 'FALLBACK_STORE',
    parse: optional,
    fallback: null,
    doc: 'under Deno and Node: URL of the fallback store (on Workers: the binding `FALLBACK`)',
  }),
  http10Port: setting<number | null>({
    name: 'HTTP10_PORT',
    parse: number(0, 65_535),
    fallback: null,
    doc: 'under Deno and Node: another port, for clients that send chunked HTTP/1.0 (Crashpad without libcurl, as on Android)',
  }),
  version: setting<Record<string, unknown>>({
    name: 'MAYDAY_VERSION',
    parse: jsonObject,
    fallback: {},
    doc: 'response of `/__version__`: a JSON object with version, commit, source, build',
  }),
}

export type Config = { [K in keyof typeof settings]: (typeof settings)[K]['fallback'] }

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
 * Reads the settings; ignores other variables. An empty value counts as unset.
 * @throws CrashError 'bad-config' naming all invalid settings
 */
export function readConfig(env: Readonly<Record<string, unknown>>): Config {
  const rows = Object.entries(settings) as [keyof Config, Setting<unknown>][]
  const given = rows.flatMap(([, { name }]) => {
    const value = own(env, name)
    return value === undefined || value === '' ? [] : [[name, String(value)]]
  })
  const { data, problems } = check(variables, Object.fromEntries(given))
  if (problems) throw new CrashError('bad-config', `Bad settings: ${problems.join('; ')}`)
  return Object.fromEntries(
    rows.map(([key, { name, fallback }]) => [key, own(data, name) ?? fallback]),
  ) as Config
}

/** All settings, by the names of their environment variables. */
const variables = z.object(
  Object.fromEntries(
    Object.values<Setting<unknown>>(settings).map(({ name, parse }) => [name, z.optional(parse)]),
  ),
)

const developmentKey = 'development-only-crash-id-key: set CRASH_ID_KEY'

/**
 * The key for the crash ID of a request. Without `CRASH_ID_KEY`, local requests (`isLocal`) get a fixed development
 * key; others cannot be stored.
 * @throws CrashError 'bad-config'
 */
export function crashIdKeyFor(config: Config, isLocal: boolean): { key: string; development: boolean } {
  if (config.crashIdKey !== null) return { key: config.crashIdKey, development: false }
  if (isLocal) return { key: developmentKey, development: true }
  throw new CrashError(
    'bad-config',
    'CRASH_ID_KEY is not set, so reports cannot be accepted. Set it to a long random secret',
  )
}
