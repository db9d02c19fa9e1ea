// A report with a secret in every protected field: no secret may appear in public data.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../../batch/lake/duckdb.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { inflateZstd } from '../../../shared/codecs/codecs.ts'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import { annotations } from '../../../shared/fields/fields.ts'
import { publicView } from '../../../shared/fields/public-view.ts'
import { processedKey, searchManifestKey } from '../../../shared/keys.ts'
import { parseManifest } from '../../../shared/search-files/manifest.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { runMayday } from '../../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'

const secret = (name: string) => `CANARY-${name}-secret`
/** Values that pass the parser of their rule, so that the secret gets as far as possible. */
const shaped: Record<string, (value: string) => string> = {
  Breadcrumbs: (value) => JSON.stringify([{ message: value, data: { x: value } }]),
  JavaException: (value) =>
    JSON.stringify({
      exception: { values: [{ stacktrace: { value, frames: [], type: 'T', module: 'm' } }] },
    }),
  JavaStackTrace: (value) => `java.lang.Error: ${value}\n\tat a.b(C.java:1)`,
  ModuleSignatureInfo: (value) => JSON.stringify({ [value]: ['nothing.dll'] }),
  MozCrashReason: (value) => `byte index 1 is out of bounds of \`${value}\``,
}

const secretAnnotations = Object.fromEntries(
  [
    ...annotations.filter((row) => row.access !== 'public').map((row) => row.name),
    'NeverHeardOf',
    'Secret Name',
    'metadata2',
  ]
    .filter((name) => name !== 'metadata')
    .map((name) => [name, (shaped[name] ?? ((value: string) => value))(secret(name))]),
)

const dir = mkdtempSync(join(tmpdir(), 'mayday-canary-'))
const store = `file:${join(dir, 'data')}`
const crashes = createFolderStorage(join(dir, 'data/crashes'))
const lake = createFolderStorage(join(dir, 'data/lake'))
const logs: string[] = []
const ids: string[] = []

beforeAll(async () => {
  const memory = gzipSync(
    JSON.stringify({
      version: 1,
      hasMozMallocUsableSize: true,
      reports: [{ process: secret('memory'), path: secret('memory') }],
    }),
  )
  for (const product of ['Firefox', 'Ledger', 'Tern']) {
    const id = await storeReport(crashes, {
      annotations: {
        ...secretAnnotations,
        ProductName: product,
        Version: '1.0',
        ProcessType: 'content',
        CrashTime: 'x',
        InstallTime: 'y',
      },
      dumps: [
        { name: 'upload_file_minidump', bytes: fixtureDump('cpp-basics-O0-null-read') },
        { name: 'memory_report', bytes: memory },
      ],
    })
    ids.push(id)
  }
  for (const args of [
    ['process', '--json'],
    ['verify'],
    ['aggregate', '--json'],
    ['reprocess', '--where', 'true', '--signature-only'],
  ]) {
    const { code, stdout, stderr } = await runMayday([...args, '--store', store], {
      MAYDAY_CACHE: join(dir, 'cache'),
    })
    expect(code, `${args.join(' ')}: ${stderr}`).toBe(0)
    logs.push(stdout, stderr)
  }
  await runMayday(['aggregate', '--store', store], { MAYDAY_CACHE: join(dir, 'cache') })
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function document(id: string): Promise<ProcessedCrash> {
  const bytes = await (await crashes.get(processedKey(id)))!.bytes()
  return JSON.parse(new TextDecoder().decode(inflateZstd(bytes, nodeCodecs, 1 << 28)))
}

async function textOfAll(storage: Storage): Promise<string> {
  const database = await openDatabase({ memory: '256MB', spillDir: dir })
  const texts: string[] = []
  for await (const { key, metadata } of storage.list('')) {
    const bytes = await (await storage.get(key))!.bytes()
    texts.push(key, JSON.stringify(metadata))
    if (key.endsWith('.parquet')) {
      const path = join(dir, 'check.parquet')
      writeFileSync(path, bytes)
      const rows = await database.connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`)
      texts.push(JSON.stringify(rows.getRowObjectsJson()), readFileSync(path, 'latin1'))
    } else texts.push(new TextDecoder().decode(bytes))
    if (key === searchManifestKey) texts.push(...(await textOfBlocks(storage, bytes)))
  }
  database.close()
  return texts.join('\n')
}

/** The inflated blocks of all search files. */
async function textOfBlocks(storage: Storage, manifest: Uint8Array): Promise<string[]> {
  const texts: string[] = []
  for (const { key, blocks } of parseManifest(manifest).files) {
    const bytes = await (await storage.get(key))!.bytes()
    for (const [name, offset, length] of blocks)
      texts.push(name, inflateRawSync(bytes.subarray(offset, offset + length)).toString('latin1'))
  }
  return texts
}

describe('protected data', () => {
  test('is kept: the processed crash contains the secrets', async () => {
    expect(Object.keys(secretAnnotations).length).toBeGreaterThan(15)
    const text = JSON.stringify(await document(ids[0]!))
    for (const name of [
      'URL',
      'Comments',
      'RemoteType',
      'Breadcrumbs',
      'MozCrashReason',
      'JavaStackTrace',
      'memory',
    ])
      expect(text).toContain(secret(name))
  })

  test('does not appear in the lake: tables, aggregates, search files, keys and metadata', async () => {
    const text = await textOfAll(lake)
    expect(text).toContain(ids[0])
    expect(text).toContain('proto_signature')
    expect(text).not.toContain('CANARY')
  })

  test('does not appear in the public view of any report, nor in its notes', async () => {
    for (const id of ids) {
      const crash = await document(id)
      expect(JSON.stringify(publicView(crash))).not.toContain('CANARY')
      expect(crash.processor_notes).not.toContain('CANARY')
      expect(JSON.stringify(crash.processor_history ?? [])).not.toContain('CANARY')
    }
  })

  test('does not appear in the output of commands', () => {
    expect(logs.join('\n')).not.toContain('CANARY')
  })
})
