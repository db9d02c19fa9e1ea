// The folder of a first deployment, as files.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeFirstFolder, writePolicy } from '../../../batch/local/first-folder.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import { presets } from '../../../shared/throttle/presets.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mayday-first-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the first folder', () => {
  const folder = join(scratch, 'new')
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')

  test('has settings, policy, product file and store', async () => {
    expect(await makeFirstFolder(folder, 'My App')).toEqual({
      files: ['mayday.env', 'policy.json', 'products/my-app.json', 'data/'],
      holder: 'first',
    })
    expect(readdirSync(folder).sort()).toEqual(['data', 'mayday.env', 'policy.json', 'products'])
    expect(read('policy.json')).toBe(`${JSON.stringify(presets['accept-all'], null, 2)}\n`)
    expect(statSync(join(folder, 'policy.json')).mode & 0o777).toBe(0o644)
    expect(JSON.parse(read('products/my-app.json'))).toEqual({
      ...{ name: 'My App', description: '', channels: ['release', 'beta', 'nightly'] },
      featured_versions: ['auto'],
      retention: { reports: 180, protected: 180, documents: 180, rows: null, aggregates: null },
    })
  })

  test('has settings with a key and the token', () => {
    const secret = /[0-9a-f]{64}/
    const token = /^(MAYDAY_TOKEN=)\S{20,}$/m
    expect(read('mayday.env')).toMatch(secret)
    expect(read('mayday.env').replace(secret, 'KEY').replace(token, '$1TOKEN')).toBe(
      [
        '# Settings of Mayday, which every command reads in this folder. They hold secrets.',
        '# The secret from which crash IDs are derived: keep it, or a report that is sent twice counts twice.',
        'CRASH_ID_KEY=KEY',
        'MAYDAY_STORE=file:./data',
        'MAYDAY_PRODUCTS=./products',
        '# For `mayday sql --server`, and to see protected data in the dashboard. Permissions: view_pii, view_rawdump, run_custom_queries, upload_symbols.',
        'MAYDAY_TOKEN=TOKEN',
        '',
      ].join('\n'),
    )
  })

  test('has a token for a year with the permissions of the settings', () => {
    const [token] = JSON.parse(read('data/crashes/access/tokens.json')).tokens
    expect(token).toMatchObject({
      label: 'first',
      permissions: ['view_pii', 'view_rawdump', 'run_custom_queries', 'upload_symbols'],
    })
    expect(Date.parse(token.expires_at) - Date.parse(token.created_at)).toBe(365 * 86_400_000)
  })

  test.each([
    [['policy.json'], 'policy.json'],
    [['mayday.env', 'products/my-app.json'], 'mayday.env, products/my-app.json'],
    [['data/x'], 'data'],
  ])('is refused where there is %j, and nothing is written', async (files, named) => {
    const other = mkdtempSync(join(scratch, 'used-'))
    for (const file of files) {
      mkdirSync(join(other, file, '..'), { recursive: true })
      writeFileSync(join(other, file), '')
    }
    const before = readdirSync(other, { recursive: true })
    await expect(makeFirstFolder(other, 'My App')).rejects.toMatchObject({
      code: 'bad-usage',
      message: `${named} exists in ${other}, and init overwrites nothing: choose another folder`,
    })
    expect(readdirSync(other, { recursive: true })).toEqual(before)
  })
})

test('the policy of a store is an object of JSON', async () => {
  const crashes = createMemoryStorage()
  await writePolicy(crashes, presets.mozilla)
  const object = (await crashes.get('config/policy.json'))!
  expect(new TextDecoder().decode(await object.bytes())).toBe(`${JSON.stringify(presets.mozilla, null, 2)}\n`)
})
