// Drops dumps of the product P in a store of folders, keeping one of each kind. Arguments: the folder, a cache, the time.
import { join } from 'node:path'
import { openTableFiles } from '../../../batch/lake/files/table-files.ts'
import { productOf } from '../../../batch/products/products.ts'
import { dropDumps } from '../../../batch/removal/drop-dumps.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'

const [folder, cacheDir, now] = process.argv.slice(2) as [string, string, string]
const bucket = (name: string) => createFolderStorage(join(folder, name))
const stores = { crashes: bucket('crashes'), lake: bucket('lake'), symbols: bucket('symbols') }
const products = new Map([['P', { ...productOf('P', new Map()), dumps_per_signature: 1 }]])
await using files = await openTableFiles({ stores, cacheDir, duckdbMemory: '256MB' })
const report = await dropDumps(files, { products, now: new Date(now), usual: null, dryRun: false })
process.stdout.write(JSON.stringify(report))
