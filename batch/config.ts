// The only reader of the environment in batch: settings with their defaults.
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as z from 'zod/mini'
import { CrashError } from '../shared/errors.ts'
import { check, numberText, parsed } from '../shared/json/schema.ts'
import { type BatchSetting, symbolFetchMb } from '../shared/settings.ts'
import type { Bytes, Millis } from '../shared/units.ts'
import { type Destination, destinationsForm, parseDestinations } from './alerts/delivery/destinations.ts'
import type { MailServer } from './alerts/delivery/mail-server.ts'

/**
 * How many names per day aggregates show, the most frequent ones; the others become `Other`. Products and channels of
 * product files do not count.
 */
export interface NameLimits {
  products: number
  /** Per product. */
  versions: number
  /** Per product; also the limit for platforms and process types. */
  channels: number
}

export const defaultNameLimits: NameLimits = { products: 20, versions: 200, channels: 20 }

/** The settings of all commands. */
export interface BatchConfig {
  /** Store URL: `file:…`, `r2:local`, `s3:…`. */
  store: string
  /** Worker threads, 1 or more. */
  workers: number
  /** This job's shard, `I/N` with I counting from 0; null: all crashes. */
  shard: string | null
  /** Folder for caches; may be deleted at any time. */
  cacheDir: string
  /** Parent folder of temporary files. */
  tempDir: string
  /** Port of the local edge, and default target of `mayday submit`. */
  port: number
  /** Memory limit of DuckDB, in its notation. */
  duckdbMemory: string
  /** How many names from clients aggregates show. */
  nameLimits: NameLimits
  /** Secret with which the edge makes crash IDs; null when it is not set. */
  crashIdKey: string | null
  /** Folder of signature lists; null: the built-in ones. */
  lists: string | null
  /** Folder of product files; null: those of the store, else the samples. */
  products: string | null
  /** Bearer token that lets forwarded reports keep their ids; null: none. */
  forwardToken: string | null
  /** Token for uploads of symbols; null: none. */
  symbolToken: string | null
  /** Token for a server, of `mayday sql` and `mayday mcp`; null: none. */
  serverToken: string | null
  /** Of a statement of `POST /api/sql`. */
  sqlLimits: { timeout: Millis; maxRows: number; memory: string }
  /** Tokens for bug trackers by host in lower case. */
  bugTokens: ReadonlyMap<string, string>
  /** Public address of the dashboard, with a slash at its end; null: not known. */
  dashboardUrl: string | null
  /** Address of the bucket `lake` for other engines, without a slash at its end; null: that of the store. */
  lakeLocation: string | null
  /** Where messages about alerts go, by name. */
  destinations: ReadonlyMap<string, Destination>
  /** For e-mail about alerts; null: not configured. */
  mailServer: MailServer | null
  /** Days after which symbols expire; null: never. */
  symbolDays: number | null
  /** Days after which the audit expires. */
  auditDays: number
  /** Largest symbol file of a server, inflated. */
  symbolFetchBytes: Bytes
  /** The whole environment, for adapters that need credentials. */
  env: NodeJS.ProcessEnv
}

/** More than a year, so that the same month can be compared. */
const defaultAuditDays = 400

const defaults = {
  store: 'file:./data',
  cache: '.mayday/cache',
  port: '8787',
  duckdbMemory: '768MB',
} as const

/** Limits of statements of clients. */
export const defaultSqlLimits = { timeout: 60_000, maxRows: 1_000_000, memory: '512MB' } as const

/** Variables that batch reads; `mayday --help` prints the descriptions. */
export const environment = [
  { name: 'MAYDAY_STORE', fallback: defaults.store, help: 'store URL: file:DIR, r2:local or s3:https://…' },
  { name: 'MAYDAY_WORKERS', fallback: 'one per core', help: 'worker threads' },
  {
    name: 'MAYDAY_SHARD',
    fallback: 'all',
    help: 'I/N: process and reprocess shard I of N; or JOB_COMPLETION_INDEX and MAYDAY_SHARDS',
  },
  {
    name: 'MAYDAY_SHARDS',
    fallback: 'none',
    help: 'number of pods of a Kubernetes Indexed Job, which sets JOB_COMPLETION_INDEX',
  },
  { name: 'MAYDAY_CACHE', fallback: defaults.cache, help: 'folder for cached tables and symbols' },
  { name: 'PORT', fallback: defaults.port, help: 'port of the local edge' },
  { name: 'MAYDAY_DUCKDB_MEMORY', fallback: defaults.duckdbMemory, help: 'memory limit for merging and SQL' },
  {
    name: 'MAYDAY_MAX_PRODUCTS',
    fallback: String(defaultNameLimits.products),
    help: 'products without a file that aggregates show per day; others become Other',
  },
  {
    name: 'MAYDAY_MAX_VERSIONS',
    fallback: String(defaultNameLimits.versions),
    help: 'the same for versions of a product',
  },
  {
    name: 'MAYDAY_MAX_CHANNELS',
    fallback: String(defaultNameLimits.channels),
    help: 'the same for channels of a product',
  },
  { name: 'FORWARD_TOKEN', fallback: 'none', help: 'bearer token for mayday forward --keep-ids' },
  { name: 'SYMBOL_TOKEN', fallback: 'none', help: 'token for mayday symbols add --server' },
  { name: 'MAYDAY_TOKEN', fallback: 'none', help: 'token for mayday sql and mcp with --server' },
  {
    name: 'SQL_TIMEOUT_MS',
    fallback: String(defaultSqlLimits.timeout),
    help: 'mayday serve: time for a statement of POST /api/sql, with its result',
  },
  {
    name: 'SQL_MAX_ROWS',
    fallback: String(defaultSqlLimits.maxRows),
    help: 'the same: rows of its result',
  },
  { name: 'SQL_MEMORY', fallback: defaultSqlLimits.memory, help: 'the same: memory of DuckDB' },
  { name: 'BUG_TOKENS', fallback: 'none', help: 'tokens for bug trackers: HOST=TOKEN, separated by spaces' },
  {
    name: 'ALERT_DESTINATIONS',
    fallback: 'none',
    help: 'where messages about alerts go: NAME=KIND:TARGET, separated by spaces',
  },
  { name: 'SMTP_URL', fallback: 'none', help: 'mail server for alerts: smtps://USER:PASSWORD@HOST' },
  { name: 'MAIL_FROM', fallback: 'none', help: 'sender of e-mail about alerts' },
  {
    name: 'DASHBOARD_URL',
    fallback: 'none',
    help: 'public address of the dashboard, for links in alerts and feeds',
  },
  {
    name: 'LAKE_LOCATION',
    fallback: 'the store',
    help: 'where other engines find the bucket lake: s3://BUCKET, gs://BUCKET, https://HOST, see docs/engines.md',
  },
  {
    name: 'MAYDAY_SYMBOL_DAYS',
    fallback: 'no limit',
    help: 'days after which stored symbols expire; those of try builds always expire after 28 days',
  },
  {
    name: 'MAYDAY_AUDIT_DAYS',
    fallback: String(defaultAuditDays),
    help: 'days after which rows of the audit expire',
  },
  {
    name: symbolFetchMb.name,
    fallback: String(symbolFetchMb.fallback),
    help: 'largest symbol file of a symbol server, inflated, in MiB',
  },
  { name: 'CRASH_ID_KEY', fallback: 'none', help: 'secret of the edge; policy explain needs it for draws' },
  { name: 'MAYDAY_PRODUCTS', fallback: 'the store', help: 'folder of product files, see docs/products.md' },
  { name: 'MAYDAY_LISTS', fallback: 'built in', help: 'folder of signature lists, see docs/signatures.md' },
] as const satisfies readonly { name: BatchSetting; fallback: string; help: string }[]

const memory = z
  .string()
  .check(z.regex(/^\d+(\.\d+)?[KMGT]i?B$/, `must have the form ${defaults.duckdbMemory}`))

/** `host=token host:port=token` as a map. Null: invalid. */
function parseTokens(text: string): ReadonlyMap<string, string> | null {
  const matches = text
    .trim()
    .split(/[\s,]+/)
    .map((entry) => /^([A-Za-z0-9.-]+(?::\d+)?)=([\x21-\x7e]+)$/.exec(entry))
  if (matches.some((match) => match === null)) return null
  return new Map(matches.map((match) => [match![1]!.toLowerCase(), match![2]!]))
}

/** Null: invalid. */
function parseMailServer(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  return url && /^smtps?:$/.test(url.protocol) && url.hostname !== '' ? text : null
}

/** With a slash at its end. Null: invalid. */
function parseDashboard(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    return null
  return url.href.replace(/\/*$/, '/')
}

/** Without a slash at its end. Null: invalid. */
const parseLocation = (text: string): string | null =>
  /^[a-z][a-z0-9]*:\/\/[^\s?#@]*[^\s?#@/]\/*$/.test(text) ? text.replace(/\/+$/, '') : null

/** The variables whose values can be invalid. */
const checkedVariables = z.object({
  MAYDAY_WORKERS: z._default(numberText(1, 256), availableParallelism()),
  PORT: z._default(numberText(0, 65_535), Number(defaults.port)),
  MAYDAY_DUCKDB_MEMORY: z._default(memory, defaults.duckdbMemory),
  SQL_TIMEOUT_MS: z._default(numberText(100, 3_600_000), defaultSqlLimits.timeout),
  SQL_MAX_ROWS: z._default(numberText(1, 1_000_000_000), defaultSqlLimits.maxRows),
  SQL_MEMORY: z._default(memory, defaultSqlLimits.memory),
  BUG_TOKENS: z._default(parsed(parseTokens, 'must have the form HOST=TOKEN HOST=TOKEN'), new Map()),
  ALERT_DESTINATIONS: z._default(parsed(parseDestinations, destinationsForm), new Map()),
  SMTP_URL: z.optional(
    parsed(parseMailServer, 'must have the form smtps://USER:PASSWORD@HOST or smtp://HOST:PORT'),
  ),
  MAIL_FROM: z.optional(z.string().check(z.regex(/^[^\s@<>]+@[^\s@<>]+$/, 'must be an e-mail address'))),
  DASHBOARD_URL: z.optional(parsed(parseDashboard, 'must be the https or http address of the dashboard')),
  LAKE_LOCATION: z.optional(
    parsed(parseLocation, 'must be the address of the bucket lake, such as s3://mayday-lake'),
  ),
  MAYDAY_SYMBOL_DAYS: z.optional(numberText(1, 36_500)),
  MAYDAY_AUDIT_DAYS: z._default(numberText(1, 36_500), defaultAuditDays),
  SYMBOL_FETCH_MB: z._default(numberText(symbolFetchMb.min, symbolFetchMb.max), symbolFetchMb.fallback),
  MAYDAY_MAX_PRODUCTS: z._default(numberText(0, 10_000), defaultNameLimits.products),
  MAYDAY_MAX_VERSIONS: z._default(numberText(1, 10_000), defaultNameLimits.versions),
  MAYDAY_MAX_CHANNELS: z._default(numberText(1, 10_000), defaultNameLimits.channels),
})

/** Reads the environment; an empty value counts as absent. Throws CrashError('bad-config') naming every invalid value. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): BatchConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const { data, problems } = check(checkedVariables, given)
  if (problems) throw new CrashError('bad-config', problems.join('; '))
  return {
    store: given.MAYDAY_STORE ?? defaults.store,
    workers: data.MAYDAY_WORKERS,
    shard: given.MAYDAY_SHARD ?? jobShard(given),
    cacheDir: resolve(given.MAYDAY_CACHE ?? defaults.cache),
    tempDir: join(tmpdir(), 'mayday'),
    port: data.PORT,
    duckdbMemory: data.MAYDAY_DUCKDB_MEMORY,
    nameLimits: {
      products: data.MAYDAY_MAX_PRODUCTS,
      versions: data.MAYDAY_MAX_VERSIONS,
      channels: data.MAYDAY_MAX_CHANNELS,
    },
    crashIdKey: given.CRASH_ID_KEY ?? null,
    forwardToken: given.FORWARD_TOKEN ?? null,
    symbolToken: given.SYMBOL_TOKEN ?? null,
    bugTokens: data.BUG_TOKENS,
    serverToken: given.MAYDAY_TOKEN ?? null,
    sqlLimits: { timeout: data.SQL_TIMEOUT_MS, maxRows: data.SQL_MAX_ROWS, memory: data.SQL_MEMORY },
    dashboardUrl: data.DASHBOARD_URL ?? null,
    lakeLocation: data.LAKE_LOCATION ?? null,
    destinations: data.ALERT_DESTINATIONS,
    mailServer:
      data.SMTP_URL !== undefined && data.MAIL_FROM !== undefined
        ? { url: data.SMTP_URL, from: data.MAIL_FROM }
        : null,
    symbolDays: data.MAYDAY_SYMBOL_DAYS ?? null,
    auditDays: data.MAYDAY_AUDIT_DAYS,
    symbolFetchBytes: data.SYMBOL_FETCH_MB * 1024 * 1024,
    lists: given.MAYDAY_LISTS === undefined ? null : resolve(given.MAYDAY_LISTS),
    products: given.MAYDAY_PRODUCTS === undefined ? null : resolve(given.MAYDAY_PRODUCTS),
    env,
  }
}

/** Folder for what a user keeps between runs; null when the user has no home. */
export function stateDir(env: NodeJS.ProcessEnv = process.env): string | null {
  const states = env.XDG_STATE_HOME || (env.HOME && join(env.HOME, '.local', 'state'))
  return states ? join(states, 'mayday') : null
}

/** A Kubernetes Indexed Job sets the index of each pod; the count comes from MAYDAY_SHARDS. */
function jobShard(env: NodeJS.ProcessEnv): string | null {
  if (!env.JOB_COMPLETION_INDEX || !env.MAYDAY_SHARDS) return null
  return `${env.JOB_COMPLETION_INDEX}/${env.MAYDAY_SHARDS}`
}
