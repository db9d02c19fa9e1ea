// The only reader of the environment in batch: settings with their defaults.
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CrashError } from '../shared/errors.ts'
import type { BatchSetting } from '../shared/settings.ts'

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
  /** Secret with which the edge makes crash ids; null when it is not set. */
  crashIdKey: string | null
  /** Folder of signature lists; null: the built-in ones. */
  lists: string | null
  /** Bearer token that lets forwarded reports keep their ids; null: none. */
  forwardToken: string | null
  /** The whole environment, for adapters that need credentials. */
  env: NodeJS.ProcessEnv
}

const defaults = {
  store: 'file:./data',
  cache: '.mayday/cache',
  port: '8787',
  duckdbMemory: '768MB',
} as const

/** Variables that batch reads; `mayday --help` prints the descriptions. */
export const environment = [
  { name: 'MAYDAY_STORE', fallback: defaults.store, help: 'store URL: file:DIR, r2:local or s3:https://…' },
  { name: 'MAYDAY_WORKERS', fallback: 'one per core', help: 'worker threads' },
  {
    name: 'MAYDAY_SHARD',
    fallback: 'all',
    help: 'I/N: process and reprocess shard I of N; or JOB_COMPLETION_INDEX and MAYDAY_SHARDS',
  },
  { name: 'MAYDAY_CACHE', fallback: defaults.cache, help: 'folder for cached tables and symbols' },
  { name: 'PORT', fallback: defaults.port, help: 'port of the local edge' },
  { name: 'MAYDAY_DUCKDB_MEMORY', fallback: defaults.duckdbMemory, help: 'memory limit for merging and SQL' },
  { name: 'FORWARD_TOKEN', fallback: 'none', help: 'bearer token for mayday forward --keep-ids' },
  { name: 'CRASH_ID_KEY', fallback: 'none', help: 'secret of the edge; policy explain needs it for draws' },
  { name: 'MAYDAY_LISTS', fallback: 'built in', help: 'folder of signature lists, see docs/signatures.md' },
] as const satisfies readonly { name: BatchSetting; fallback: string; help: string }[]

/** Reads the environment. Throws CrashError('bad-config') naming every invalid value. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): BatchConfig {
  const problems: string[] = []
  const workers = env.MAYDAY_WORKERS ? Number(env.MAYDAY_WORKERS) : availableParallelism()
  if (!Number.isInteger(workers) || workers < 1 || workers > 256)
    problems.push('MAYDAY_WORKERS must be a number from 1 to 256')
  const port = Number(env.PORT || defaults.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    problems.push('PORT must be a number from 0 to 65535')
  const memory = env.MAYDAY_DUCKDB_MEMORY || defaults.duckdbMemory
  if (!/^\d+(\.\d+)?[KMGT]i?B$/.test(memory))
    problems.push(`MAYDAY_DUCKDB_MEMORY must have the form ${defaults.duckdbMemory}`)
  if (problems.length) throw new CrashError('bad-config', problems.join('; '))
  return {
    store: env.MAYDAY_STORE || defaults.store,
    workers,
    shard: env.MAYDAY_SHARD || jobShard(env),
    cacheDir: resolve(env.MAYDAY_CACHE || defaults.cache),
    tempDir: join(tmpdir(), 'mayday'),
    port,
    duckdbMemory: memory,
    crashIdKey: env.CRASH_ID_KEY || null,
    forwardToken: env.FORWARD_TOKEN || null,
    lists: env.MAYDAY_LISTS ? resolve(env.MAYDAY_LISTS) : null,
    env,
  }
}

/** Folder of Node's compile cache; null when the user has no cache folder. */
export function compiledCodeDir(env: NodeJS.ProcessEnv = process.env): string | null {
  const caches = env.XDG_CACHE_HOME || (env.HOME && join(env.HOME, '.cache'))
  return caches ? join(caches, 'mayday', 'code') : null
}

/** A Kubernetes Indexed Job sets the index of each pod; the count comes from MAYDAY_SHARDS. */
function jobShard(env: NodeJS.ProcessEnv): string | null {
  if (!env.JOB_COMPLETION_INDEX || !env.MAYDAY_SHARDS) return null
  return `${env.JOB_COMPLETION_INDEX}/${env.MAYDAY_SHARDS}`
}
