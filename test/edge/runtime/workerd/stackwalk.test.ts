// workerd walks the stacks of a real dump with the code of batch, and reads symbols by range from R2.
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { symdexKey } from '../../../../shared/keys.ts'
import { walkDump } from '../../../../shared/stackwalk/walk.ts'
import { createR2Storage, type R2BucketLike } from '../../../../shared/storage/r2.ts'
import { bucketRangeSource } from '../../../../shared/symbols/sources/bucket.ts'
import { gunzip } from '../../../../shared/symbols/sources/gunzip.ts'
import { parseSymFile } from '../../../../shared/symbols/sym/parse.ts'
import { deflatePage } from '../../../../shared/symbols/sources/symdex-cache.node.ts'
import { buildSymdex } from '../../../../shared/symbols/symdex/writer.ts'
import dump from '../../../fixtures/dumps/cpp-basics-O0-null-read.dmp.gz?url&inline'
import symbols from '../../../fixtures/symbols/basics_O0/230BF8F51DB77256EC9845E8987C25B40/basics_O0.sym.gz?url&inline'

const maxBytes = 50_000_000
const unpack = (url: string) =>
  gunzip(
    Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), (c) => c.charCodeAt(0)),
    maxBytes,
  )

test('a real dump is walked with symbols from R2', async () => {
  const bucket = createR2Storage((env as { SYMBOLS: R2BucketLike }).SYMBOLS)
  const file = parseSymFile(await unpack(symbols))
  await bucket.put(symdexKey(file.info.debugFile, file.info.debugId), buildSymdex(file, deflatePage))
  const output = await walkDump(await unpack(dump), { symbols: bucketRangeSource(bucket) })
  expect(output.crash_info.type).toBe('SIGSEGV / SEGV_MAPERR')
  const names = output.crashing_thread!.frames.map((frame) => frame.function)
  expect(names.slice(0, 4)).toEqual([
    'app::Ledger::read_balance() const',
    'app::crash_null_read()',
    'app::dispatch(char const*)',
    'main',
  ])
})
