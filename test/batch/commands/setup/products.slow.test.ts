// `mayday products`, and that a product file takes effect in the commands that read it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { runMayday } from '../../../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../../../support/stored-reports.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-products-'))
const data = join(dir, 'data')
const env = { MAYDAY_STORE: `file:${data}`, MAYDAY_CACHE: join(dir, 'cache'), MAYDAY_WORKERS: '1' }
const mayday = (...args: string[]) => runMayday(args, env)
const symbols = join(import.meta.dirname, '../../../fixtures/symbols')

function writeProduct(file: object, name = 'kestrel.json', folder = dir): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(file, null, 2))
  return path
}

let id: string
beforeAll(async () => {
  id = await storeReport(createFolderStorage(join(data, 'crashes')), {
    annotations: { ProductName: 'Kestrel', Version: '1.0' },
    dumps: [{ name: 'upload_file_minidump', bytes: fixtureDump('cpp-basics-O0-null-read') }],
    now: new Date('2026-10-01T12:00:00Z'),
  })
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function processedAgain(...flags: string[]): Promise<Record<string, string>> {
  const done = await mayday('process', '--crash-id', id, ...flags)
  expect(done).toMatchObject({ code: 0, stderr: '' })
  const sql = 'select signature, signature_version, processor_version from crashes'
  return JSON.parse((await mayday('sql', sql, '--format', 'jsonl')).stdout)
}

describe('mayday products', () => {
  test('without product files the samples apply, and list reports it', async () => {
    const { stdout } = await mayday('products', 'list')
    expect(stdout).toContain('Built-in samples, because the store has no product files')
    expect(stdout).toMatch(/^firefox +Firefox +mozilla +180 +180 +180 +∞ +∞$/m)
  })

  test('check names the file and the line of every problem; put refuses the file', async () => {
    const bad = writeProduct({ name: 'Kestrel', retentoin: { reports: 10 } }, 'bad.json')
    const problem = /^mayday: Product file bad\.json: line 3: retentoin is unknown; allowed are .*\n$/
    for (const command of ['check', 'put'])
      expect(await mayday('products', command, bad)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(problem),
      })
    expect(await mayday('products', 'check', writeProduct({ name: 'Kestrel' }))).toMatchObject({
      code: 0,
      stdout: '1 valid.\n',
    })
  })

  test('two files of one product are refused, also when one of them is stored', async () => {
    await mayday('products', 'put', writeProduct({ name: 'Kestrel' }))
    const same = writeProduct({ name: 'Kestrel' }, 'other.json')
    expect(await mayday('products', 'put', same)).toMatchObject({
      code: 1,
      stderr: 'mayday: Product files kestrel.json and other.json have the same name Kestrel: remove one\n',
    })
  })

  test('a stored product is listed alone, can be replaced, and can be removed', async () => {
    await mayday('products', 'put', writeProduct({ name: 'Kestrel', description: 'first' }))
    const put = await mayday('products', 'put', writeProduct({ name: 'Kestrel', description: 'second' }))
    expect(put).toMatchObject({ code: 0, stdout: expect.stringContaining('Stored kestrel.') })
    const { stdout } = await mayday('products', 'list', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      from: 'store',
      products: [{ slug: 'kestrel', description: 'second' }],
    })
    expect(await mayday('products', 'remove', 'kestrel', 'quill')).toMatchObject({
      code: 1,
      stderr: 'mayday: The store has no product file quill; nothing was removed\n',
    })
    expect(await mayday('products', 'remove', 'kestrel')).toMatchObject({
      code: 0,
      stdout: 'Removed kestrel.\n',
    })
    expect(JSON.parse((await mayday('products', 'list', '--json')).stdout)).toMatchObject({ from: 'samples' })
  })
})

describe('a product file', () => {
  test('selects rules, signatures and symbols of the next crash that is processed', async () => {
    const before = await processedAgain()
    expect(before).toMatchObject({ signature_version: expect.stringMatching(/^default-[0-9a-f]{8}$/) })
    expect(before.signature).not.toContain('read_balance')
    await mayday('products', 'put', writeProduct({ name: 'Kestrel', preset: 'mozilla', symbols: [symbols] }))
    expect(await processedAgain()).toMatchObject({
      signature: 'app::Ledger::read_balance',
      processor_version: expect.stringMatching(/^mozilla-/),
    })
    writeProduct({ name: 'Kestrel', signature: { compat: 'socorro' } }, 'kestrel.json', join(dir, 'folder'))
    expect(await processedAgain('--products', join(dir, 'folder'))).toMatchObject({
      signature_version: expect.stringMatching(/^default-[0-9a-f]{8}-socorro$/),
    })
  })

  test('decides what expires, in every command that deletes or verifies', async () => {
    const count = async (...flags: string[]) =>
      JSON.parse((await mayday('expire', '--dry-run', '--json', ...flags)).stdout).reports
    const retention = { reports: null, documents: null, protected: null }
    await mayday('products', 'put', writeProduct({ name: 'Kestrel', retention }))
    expect(await count()).toBe(0)
    const short = { reports: 1, documents: 1, protected: 1 }
    writeProduct({ name: 'Kestrel', retention: short }, 'kestrel.json', join(dir, 'short'))
    expect(await count('--products', join(dir, 'short'))).toBe(1)
    expect(await runMayday(['expire'], { ...env, MAYDAY_PRODUCTS: join(dir, 'nowhere') })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nowhere cannot be read: ENOENT'),
    })
  })

  test('shapes the data of the dashboard', async () => {
    const source_links = [{ prefix: '/build/', url: 'https://git.example.org/{path}' }]
    await mayday('products', 'put', writeProduct({ name: 'Kestrel', description: 'A bird', source_links }))
    expect(await mayday('aggregate')).toMatchObject({ code: 0 })
    const home = await createFolderStorage(join(data, 'lake')).get('aggregates/v4/home.json')
    expect(JSON.parse(new TextDecoder().decode(await home!.bytes())).products).toMatchObject([
      { name: 'Kestrel', description: 'A bird', source_links },
    ])
  })
})
