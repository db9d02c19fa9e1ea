// What a deployment on Cloudflare needs, and what is missing, each with the command that adds it.
import { findUnknownSettings } from '../../shared/settings.ts'
import { bucketNames } from '../../shared/storage/storage.ts'

/** Of wrangler.toml, an environment: https://developers.cloudflare.com/workers/wrangler/configuration/ */
export interface EnvironmentConfig {
  name?: string
  r2_buckets?: { binding: string; bucket_name: string; jurisdiction?: string }[]
  ratelimits?: { name: string; namespace_id: string }[]
}

export interface WranglerFile extends EnvironmentConfig {
  assets?: { binding: string; directory: string }
  env?: Record<string, EnvironmentConfig>
}

export const environments = ['staging', 'production'] as const
export type Environment = (typeof environments)[number]

const rateLimits = ['SUBMIT_LIMIT', 'READ_LIMIT']
const neededSecrets = ['CRASH_ID_KEY']
const usefulSecrets = ['OPERATOR_TOKEN']

/** Why the configuration of an environment cannot be deployed; empty when it can. */
export function bindingProblems(file: WranglerFile, environment: Environment): string[] {
  const config = file.env?.[environment]
  if (!config) return [`wrangler.toml has no environment ${environment}: add [env.${environment}]`]
  const bound = new Set((config.r2_buckets ?? []).map(({ binding }) => binding))
  const limits = new Set((config.ratelimits ?? []).map(({ name }) => name))
  return [
    ...(config.name ? [] : [`[env.${environment}] has no name: wrangler would derive one`]),
    ...bucketNames
      .map((name) => name.toUpperCase())
      .filter((binding) => !bound.has(binding))
      .map((binding) => `[[env.${environment}.r2_buckets]] lacks the binding ${binding}`),
    ...rateLimits
      .filter((name) => !limits.has(name))
      .map(
        (name) => `[[env.${environment}.ratelimits]] lacks the binding ${name}: clients would have no limit`,
      ),
    ...(file.assets ? [] : ['wrangler.toml has no [assets]: the dashboard would be missing']),
  ]
}

/** The buckets of an environment that the account does not have. */
export function bucketProblems(config: EnvironmentConfig, existing: readonly string[]): string[] {
  return (config.r2_buckets ?? [])
    .filter(({ bucket_name }) => !existing.includes(bucket_name))
    .map(
      ({ bucket_name, jurisdiction }) =>
        `The bucket ${bucket_name} does not exist: npx wrangler ${['r2 bucket create', bucket_name, ...inJurisdiction(jurisdiction)].join(' ')}`,
    )
}

/** Arguments of wrangler for each list of buckets: buckets of a jurisdiction are only in its own. */
export const bucketLists = (config: EnvironmentConfig): string[][] =>
  [...new Set((config.r2_buckets ?? []).map(({ jurisdiction }) => jurisdiction))].map((jurisdiction) => [
    ...['r2', 'bucket', 'list'],
    ...inJurisdiction(jurisdiction),
  ])

const inJurisdiction = (name?: string) => (name === undefined ? [] : ['--jurisdiction', name])

export interface SecretReport {
  problems: string[]
  warnings: string[]
}

/** What is wrong with the names of the secrets of an environment. */
export function checkSecrets(names: readonly string[], environment: Environment): SecretReport {
  const lacks = (wanted: readonly string[]) => wanted.filter((name) => !names.includes(name))
  const add = (name: string) => `npx wrangler secret put ${name} --env ${environment}`
  return {
    problems: lacks(neededSecrets).map((name) => `The secret ${name} is not set: ${add(name)}`),
    warnings: [
      ...lacks(usefulSecrets).map(
        (name) => `The secret ${name} is not set, so no one may read the metrics: ${add(name)}`,
      ),
      ...findUnknownSettings(names).map(
        ({ name, meant }) =>
          `The secret ${name} is not a setting${meant === null ? '' : `; did you mean ${meant}?`}`,
      ),
    ],
  }
}

/** The names in the output of `wrangler secret list --format json`; null when it is not such a list. */
export function readSecretNames(output: string): string[] | null {
  try {
    const list: unknown = JSON.parse(output.slice(output.search(/^\[/m)))
    return Array.isArray(list) ? list.map(({ name }) => String(name)) : null
  } catch {
    return null
  }
}

/** The names in the output of `wrangler r2 bucket list`. */
export const readBucketNames = (output: string): string[] =>
  [...output.matchAll(/^name:\s+(\S+)$/gm)].map(([, name]) => name!)
