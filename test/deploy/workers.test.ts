// The deployment on Cloudflare Workers: what is checked before it, and its dry run with wrangler.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import {
  bindingProblems,
  bucketLists,
  bucketProblems,
  checkSecrets,
  environments,
  readBucketNames,
  readSecretNames,
  type WranglerFile,
} from '../../deploy/workers/checks.ts'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)
const readConfiguration = () =>
  parse(readFileSync(join(root, 'wrangler.toml'), 'utf8')) as unknown as WranglerFile

describe('wrangler.toml', () => {
  test.each(environments)('has every binding in the environment %s', (environment) => {
    expect(bindingProblems(readConfiguration(), environment)).toEqual([])
  })

  test('gives environments their own buckets and limits, production those of the top level', () => {
    const { env, r2_buckets, ratelimits, name } = readConfiguration()
    expect(env!.production).toEqual({ name, r2_buckets, ratelimits })
    const staging = env!.staging!
    const used = new Set([
      ...r2_buckets!.map((one) => one.bucket_name),
      ...ratelimits!.map((one) => one.namespace_id),
    ])
    const own = [
      ...staging.r2_buckets!.map((one) => one.bucket_name),
      ...staging.ratelimits!.map((one) => one.namespace_id),
    ]
    expect(own.filter((name) => used.has(name))).toEqual([])
    // For `prefix=` in the store URL of batch.
    const suffixes = staging.r2_buckets!.map((one) => one.bucket_name.replace(/^mayday-staging-/, ''))
    expect(suffixes.sort()).toEqual(['crashes', 'lake', 'symbols'])
  })
})

describe('the checks before a deployment', () => {
  const remove = (change: (file: WranglerFile) => void) => {
    const file = readConfiguration()
    change(file)
    return bindingProblems(file, 'staging')
  }

  test.each<[string, (file: WranglerFile) => void, RegExp]>([
    ['an environment', (file) => delete file.env!.staging, /no environment staging/],
    ['a bucket', (file) => file.env!.staging!.r2_buckets!.pop(), /lacks the binding SYMBOLS/],
    ['a rate limit', (file) => file.env!.staging!.ratelimits!.shift(), /lacks the binding SUBMIT_LIMIT/],
    ['the dashboard', (file) => delete file.assets, /no \[assets\]/],
    ['a name', (file) => delete file.env!.staging!.name, /no name/],
  ])('name %s that is missing in wrangler.toml', (_name, change, message) => {
    const problems = remove(change)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(message)
  })

  test('name buckets that the account lacks, with the command that creates them', () => {
    const output =
      'Listing buckets...\nname:           mayday-staging-crashes\ncreation_date:  2026-11-01T00:00:00.000Z\n'
    const config = readConfiguration().env!.staging!
    expect(bucketProblems(config, readBucketNames(output))).toEqual([
      'The bucket mayday-staging-lake does not exist: npx wrangler r2 bucket create mayday-staging-lake',
      'The bucket mayday-staging-symbols does not exist: npx wrangler r2 bucket create mayday-staging-symbols',
    ])
  })

  test('list buckets of a jurisdiction separately', () => {
    const config = readConfiguration().env!.staging!
    expect(bucketLists(config)).toEqual([['r2', 'bucket', 'list']])
    config.r2_buckets![0]!.jurisdiction = 'eu'
    const inEurope = ['--jurisdiction', 'eu']
    expect(bucketLists(config)).toEqual([
      ['r2', 'bucket', 'list', ...inEurope],
      ['r2', 'bucket', 'list'],
    ])
    expect(bucketProblems(config, ['mayday-staging-lake', 'mayday-staging-symbols'])).toEqual([
      'The bucket mayday-staging-crashes does not exist: npx wrangler r2 bucket create mayday-staging-crashes --jurisdiction eu',
    ])
  })

  test('need CRASH_ID_KEY, and warn of secrets that are useful or misspelled', () => {
    expect(checkSecrets(['CRASH_ID_KEY', 'OPERATOR_TOKEN'], 'production')).toEqual({
      problems: [],
      warnings: [],
    })
    const { problems, warnings } = checkSecrets(['READ_TOKN'], 'production')
    expect(problems).toEqual([
      expect.stringContaining('npx wrangler secret put CRASH_ID_KEY --env production'),
    ])
    expect(warnings).toEqual([
      expect.stringContaining('OPERATOR_TOKEN'),
      expect.stringContaining('READ_TOKEN'),
    ])
  })

  test.each([
    ['[{"name":"CRASH_ID_KEY","type":"secret_text"}]', ['CRASH_ID_KEY']],
    ['a line of wrangler\n[\n{"name":"A"}]', ['A']],
    ['[]', []],
    ['no list', null],
    ['{"error":1}', null],
  ])('read the secrets of %j', (output, names) => {
    expect(readSecretNames(output)).toEqual(names)
  })
})

describe('npm run deploy', () => {
  const deploy = (...args: string[]) =>
    run(process.execPath, [join(root, 'deploy/workers/deploy.ts'), ...args], { cwd: root })

  test('bundles the Worker of an environment without an account', async () => {
    const { stdout } = await deploy('staging', '--dry-run')
    expect(stdout).toMatch(/^bindings {3}complete for staging\ndashboard {2}.+\nworker {5}[\d.]+ KiB/)
    expect(stdout).toMatch(/nothing was deployed\n$/)
  })

  test.each([[[]], [['prod']], [['staging', 'production']], [['--dry-run']]])(
    'refuses the arguments %j',
    async (args) => {
      const failure = await deploy(...args).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^deploy: Use: npm run deploy -- .*\n$/),
      })
    },
  )
})
