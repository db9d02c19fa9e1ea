// Deno walks the stacks of a real dump with the code of batch.
import { deepStrictEqual, strictEqual } from 'node:assert'
import { walkDump } from '../../../../shared/stackwalk/walk.ts'
import { folderSource } from '../../../../shared/symbols/sources/folder.node.ts'
import { gunzip } from '../../../../shared/symbols/sources/gunzip.ts'

const fixtures = new URL('../../../fixtures/', import.meta.url)

Deno.test('a real dump is walked with symbols', async () => {
  const packed = await Deno.readFile(new URL('dumps/cpp-basics-O0-null-read.dmp.gz', fixtures))
  const symbols = folderSource(new URL('symbols', fixtures).pathname)
  const output = await walkDump(await gunzip(packed, 50_000_000), { symbols })
  strictEqual(output.crash_info.type, 'SIGSEGV / SEGV_MAPERR')
  const names = output.crashing_thread!.frames.map((frame) => frame.function)
  deepStrictEqual(names.slice(0, 3), [
    'app::Ledger::read_balance() const',
    'app::crash_null_read()',
    'app::dispatch(char const*)',
  ])
})
