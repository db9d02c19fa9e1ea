// Reports without a product: it is read from the annotations inside the minidump, the same everywhere.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowsOf } from '../../../batch/lake/duckdb.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { createTestEdge } from '../../edge/edge.support.ts'
import { F, multipart, submitRequest, T } from '../../support/crash-request.ts'
import { createSynthMinidump, type SynthCrashpad } from '../../support/synth-minidump.ts'
import { type Bench, memoryStores, openBench } from '../support/rows.ts'

const main = 'upload_file_minidump'
const text = (name: string, value: string) => ({ name, type: 1, value: new TextEncoder().encode(value) })
const dumpWith = (crashpad: SynthCrashpad) =>
  createSynthMinidump({ system: {}, threads: [{ id: 1 }], crashpad })

const inModules = dumpWith({
  annotations: { ver: '128.0' },
  modules: [
    {
      index: 0,
      annotations: { prod: 'Firefox', ver: '1' },
      objects: [text('ptype', 'gpu'), text('channel', 'esr')],
    },
  ],
})
const aborted = dumpWith({
  annotations: { AbortMessage: 'assertion in the dump', UptimeTS: '4', Version: '9' },
  modules: [{ index: 0, list: ['terminating due to uncaught exception'] }],
})
const cutText = dumpWith({
  annotations: { product: 'Ledger', version: '2.0' },
  modules: [{ index: 0, objects: [{ name: 'x', type: 1, value: [0x61, 0xc3] }] }],
})

const withoutThreads = createSynthMinidump({ crashpad: { annotations: { prod: 'Quill', ver: '3' } } })

describe('a report without a product', () => {
  const stores = memoryStores()
  const dir = mkdtempSync(join(tmpdir(), 'mayday-identity-'))
  const ids: Record<string, string> = {}
  let bench: Bench
  beforeAll(async () => {
    const edge = createTestEdge({}, (storage) => storage, stores.crashes)
    const send = async (name: string, request: Request) => {
      ids[name] = (await edge.ask(request)).text.trim().slice('CrashID=bp-'.length)
    }
    await send('bare', submitRequest(inModules, { contentType: 'application/x-dmp' }))
    await send('cut', submitRequest(multipart([T('guid', '1'), F(main, cutText)])))
    await send(
      'named',
      submitRequest(multipart([T('prod', 'Quill'), T('ptype', 'renderer'), F(main, inModules)])),
    )
    await send('unwalkable', submitRequest(multipart([T('guid', '2'), F(main, withoutThreads)])))
    await send('elsewhere', submitRequest(multipart([T('guid', '3'), F('log', 'x'), F('minidump', cutText)])))
    await send('aborted', submitRequest(multipart([T('prod', 'Quill'), F(main, aborted)])))
    await send(
      'messaged',
      submitRequest(multipart([T('prod', 'Quill'), T('AbortMessage', 'sent'), F(main, aborted)])),
    )
    await processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1, symbols: [] })
    bench = await openBench(stores)
  })
  afterAll(async () => {
    await bench.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const rowOf = async (name: string) => {
    const paths = await localPaths(bench.files, crashesTable, ['2011-09-06'])
    const [row] = await rowsOf(
      bench.files.database.connection,
      `SELECT product, version, release_channel, process_type, processor_version, signature_version,
              mdsw_status_string AS status, abort_message
       FROM read_parquet($paths) WHERE crash_id = $id`,
      { paths, id: ids[name]! },
    )
    return row!
  }

  test('gets that of the process and its modules, and is processed and grouped accordingly', async () => {
    expect(await rowOf('bare')).toEqual({
      product: 'Firefox',
      version: '128.0esr',
      release_channel: 'esr',
      process_type: 'gpu',
      processor_version: expect.stringMatching(/^mozilla-/),
      signature_version: expect.stringMatching(/^mozilla-/),
      status: 'OK',
      abort_message: null,
    })
  })

  test('gets it even if another annotation is cut within a character', async () => {
    expect(await rowOf('cut')).toMatchObject({ product: 'Ledger', version: '2.0', process_type: 'parent' })
  })

  test('gets it even if the minidump cannot be walked', async () => {
    const { product, version, status } = await rowOf('unwalkable')
    expect([product, version, status]).toEqual(['Quill', '3', 'MissingThreadList'])
  })

  test('gets it from a minidump with another file name, which is walked', async () => {
    const { product, version, status } = await rowOf('elsewhere')
    expect([product, version, status]).toEqual(['Ledger', '2.0', 'OK'])
  })

  test.each([
    ['aborted', 'assertion in the dump'],
    ['messaged', 'sent'],
  ])('the report %s has the abort message "%s"', async (name, message) => {
    expect(await rowOf(name)).toMatchObject({ abort_message: message, version: '9' })
  })

  test('keeps its own product, and does not get the version of another', async () => {
    expect(await rowOf('named')).toMatchObject({
      product: 'Quill',
      version: null,
      release_channel: 'esr',
      process_type: 'renderer',
      processor_version: expect.stringMatching(/^default-/),
    })
  })
})
