// Names of the settings in the environment. edge/config.ts and batch/config.ts describe them.
import { distance } from 'fastest-levenshtein'

/** Settings of the edge on every runtime. */
export const edgeSettings = [
  'CRASH_ID_KEY',
  'CRASH_ID_KEY_PREVIOUS',
  'MAYDAY_POLICY',
  'SUBMIT_TOKEN',
  'READ_TOKEN',
  'OPERATOR_TOKEN',
  'BODY_TIMEOUT_MS',
  'SUBMIT_TIMEOUT_MS',
  'STORE_TIMEOUT_MS',
  'REFUSALS_FLUSH_MS',
  'BUDGET_MB',
  'SUBMIT_PATHS',
  'SENTRY_PROJECTS',
  'SYMBOL_SERVERS',
  'SYMBOL_SERVER_WAIT_MS',
  'SYMBOLICATE_TIMEOUT_MS',
  'SYMBOL_UPLOAD_HOSTS',
  'SYMBOL_UPLOAD_MB',
  'SYMBOL_FETCH_MB',
  'SYMBOL_UPLOAD_TIMEOUT_MS',
  'API_ORIGIN',
  'MAYDAY_VERSION',
] as const

/** Settings of the edge under Deno and Node; on Workers, bindings replace them. */
export const serverSettings = [
  'RATE_PER_MINUTE',
  'READS_PER_MINUTE',
  'CLIENT_ADDRESS_HEADER',
  'TRUSTED_PROXY_HOPS',
  'MAYDAY_STORE',
  'PORT',
  'HOST',
  'FALLBACK_STORE',
  'HTTP10_PORT',
] as const

/** Settings of batch commands, besides some of the edge's. */
export const batchSettings = [
  'MAYDAY_WORKERS',
  'MAYDAY_SHARD',
  'MAYDAY_SHARDS',
  'MAYDAY_CACHE',
  'MAYDAY_DUCKDB_MEMORY',
  'MAYDAY_LISTS',
  'MAYDAY_MAX_PRODUCTS',
  'MAYDAY_MAX_VERSIONS',
  'MAYDAY_MAX_CHANNELS',
  'MAYDAY_PRODUCTS',
  'FORWARD_TOKEN',
  'SYMBOL_TOKEN',
  'BUG_TOKENS',
  'MAYDAY_TOKEN',
  'SQL_TIMEOUT_MS',
  'SQL_MAX_ROWS',
  'SQL_MEMORY',
  'MAYDAY_SYMBOL_DAYS',
  'MAYDAY_AUDIT_DAYS',
  'DASHBOARD_URL',
  'LAKE_LOCATION',
  'ALERT_DESTINATIONS',
  'SMTP_URL',
  'MAIL_FROM',
] as const

/** Credentials of S3 stores, by their usual names. */
export const credentials = [
  { name: 'AWS_ACCESS_KEY_ID', fallback: '', help: 'key ID for an S3 store' },
  { name: 'AWS_SECRET_ACCESS_KEY', fallback: '', help: 'secret key for an S3 store' },
  { name: 'AWS_SESSION_TOKEN', fallback: '', help: 'the third part of temporary credentials' },
  { name: 'AWS_REGION', fallback: 'auto', help: 'region of S3 stores whose URL has none' },
] as const

const secrets: ReadonlySet<string> = new Set([
  ...['CRASH_ID_KEY', 'CRASH_ID_KEY_PREVIOUS', 'SUBMIT_TOKEN', 'READ_TOKEN', 'OPERATOR_TOKEN'],
  ...['FORWARD_TOKEN', 'SYMBOL_TOKEN', 'BUG_TOKENS', 'MAYDAY_TOKEN'],
  // They may contain passwords and addresses that act as tokens.
  ...['SMTP_URL', 'ALERT_DESTINATIONS'],
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
])

/** Whether the value of a setting must be kept secret. */
export const isSecret = (name: string): boolean => secrets.has(name)

/** `SYMBOL_FETCH_MB`: how large a symbol file of another server may be, inflated, in MiB. The edge and batch read it. */
export const symbolFetchMb = {
  name: 'SYMBOL_FETCH_MB',
  min: 1,
  max: 2048,
  fallback: 1024,
} as const satisfies {
  name: (typeof edgeSettings)[number]
  min: number
  max: number
  fallback: number
}

/** Minimum length of `CRASH_ID_KEY` and tokens. */
export const minKeyLength = 16

export type EdgeSetting = (typeof edgeSettings | typeof serverSettings)[number]
export type BatchSetting = EdgeSetting | (typeof batchSettings)[number]

const known: readonly string[] = [...edgeSettings, ...serverSettings, ...batchSettings]
const ownPrefix = 'MAYDAY_'
/** Shorter names resemble too many others. */
const minResembling = 8
/** How many letters at the end of a name may be missing. */
const maxMissing = 4

/** Whether a program of Mayday reads this variable: a setting, or credentials of S3. */
export const isSetting = (name: string): boolean =>
  known.includes(name) || credentials.some((one) => one.name === name)

/** A name that no program of Mayday reads, and the setting that was probably intended. */
export interface UnknownSetting {
  name: string
  meant: string | null
}

/** The names in an environment that look like settings of Mayday but are not. */
export function findUnknownSettings(names: readonly string[]): UnknownSetting[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({ name, meant: resembled(name.toUpperCase()) }))
    .filter(({ name, meant }) => meant !== null || name.toUpperCase().startsWith(ownPrefix))
}

function resembled(name: string): string | null {
  const spellings = name.startsWith(ownPrefix) ? [name, name.slice(ownPrefix.length)] : [name]
  const candidates = known.filter((setting) => spellings.some((spelling) => resembles(spelling, setting)))
  return candidates.sort((a, b) => distance(a, name) - distance(b, name))[0] ?? null
}

function resembles(name: string, setting: string): boolean {
  if (setting.length < minResembling) return name === setting
  return (
    distance(name, setting) <= (setting.length < 10 ? 1 : 2) ||
    name.startsWith(setting) ||
    (setting.startsWith(name) && setting.length - name.length <= maxMissing)
  )
}
