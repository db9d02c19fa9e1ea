// A store of many consistent days of three products with different retention, written without processing reports.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type OpenStore, openFiles } from '../../batch/lake/open-store.ts'
import { createIdCounter } from '../../batch/lake/id-sum.ts'
import { encodeRows } from '../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../batch/lake/rows.ts'
import { putTableFile, storageOf, type TableFiles } from '../../batch/lake/files/table-files.ts'
import { crashTables } from '../../batch/lake/tables.ts'
import { productOf } from '../../batch/products/products.ts'
import { processedKey, rawKey, tableKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'

/** Products by name, kept for different numbers of days. */
export const products = new Map(
  (
    [
      ['SimBrowser', 30],
      ['SimEditor', 90],
      ['SimMail', 400],
    ] as const
  ).map(([name, days]) => {
    const product = productOf(name, new Map())
    const retention = { ...product.retention, reports: days, documents: days, protected: days }
    return [name, { ...product, retention }] as const
  }),
)

const crashesPerDay = 60

/** The store, with lists like those of S3: they contain no metadata. */
export const listsLikeS3 = (storage: Storage): Storage => ({
  ...storage,
  async *list(prefix, options) {
    for await (const info of storage.list(prefix, options)) yield { ...info, metadata: {} }
  },
})

/** Stores reports, processed crashes and rows of these days. */
export async function storeSettledDays(open: OpenStore, dates: readonly IsoDate[]): Promise<void> {
  await using files = await openFiles(open)
  for (const date of dates) await storeDay(files, date)
}

const modulesPerCrash = 20

/** Modules without symbols, of which half are builds of the day. */
export const missingModules = (date: IsoDate) =>
  Array.from({ length: modulesPerCrash }, (_, m) => ({
    filename: `module${m}.dll`,
    debug_file: `module${m}.pdb`,
    debug_id: `${m % 2 ? date.replaceAll('-', '') : '20260101'}${'0'.repeat(24)}1`,
    missing_symbols: true,
  }))

/** A symbol server that has nothing, and counts what it is asked. */
export async function startEmptyServer(): Promise<AsyncDisposable & { url: string; asked: () => number }> {
  let asked = 0
  const server = createServer((_request, response) => {
    asked++
    response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function storeDay(files: TableFiles, date: IsoDate): Promise<void> {
  const names = [...products.keys()]
  const day = date.slice(2).replaceAll('-', '')
  const crashes = Array.from({ length: crashesPerDay }, (_, n) => ({
    json_dump: { modules: missingModules(date) },
    crash_id: `${n.toString(16).padStart(2, '0')}${day}-0000-8000-8000-000000${day}`,
    product: names[n % names.length]!,
    signature: `sim::Function${n % 20}`,
    submitted_timestamp: `${date}T12:00:00+00:00`,
  }))
  const ids = createIdCounter()
  for (const { crash_id, product } of crashes) {
    ids.add(crash_id)
    for (const key of [rawKey(crash_id), processedKey(crash_id)])
      await files.stores.crashes.put(key, new Uint8Array([0]), { metadata: { product } })
  }
  const { count, ids: sum } = ids.total()
  for (const table of crashTables) {
    const rows = rowsOfColumns(
      table.columns,
      crashes.flatMap((crash) => table.rowsOf(crash, {})),
    )
    const metadata = { crashes: String(count), ids: sum, 'ids-with-modules': sum }
    const key = tableKey(table.name, date, '0of1', 0)
    await putTableFile(storageOf(files, table), key, await encodeRows(files, table, rows), { metadata })
  }
}
