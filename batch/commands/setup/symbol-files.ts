// `mayday symbols index|lookup|missing`: builds symdexes of symbol files, symbolicates addresses, lists missing symbols.
import { open, readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { readableName } from '../../../shared/demangle/demangle.ts'
import { CrashError } from '../../../shared/errors.ts'
import { present } from '../../../shared/present.ts'
import { gunzipNow } from '../../../shared/symbols/sources/folder.node.ts'
import { maxSymbolBytes } from '../../../shared/symbols/sources/symbol-files.ts'
import { deflatePage } from '../../../shared/symbols/sources/symdex-cache.node.ts'
import { parseSymFile, type SymFile } from '../../../shared/symbols/sym/parse.ts'
import { findSymbol, type SymbolInfo } from '../../../shared/symbols/symdex/symbol-page.ts'
import { type SymbolTable, tableOfSymFile } from '../../../shared/symbols/symdex/symbol-table.ts'
import { tableOfSymdexRanges } from '../../../shared/symbols/symdex/table.ts'
import { buildSymdex } from '../../../shared/symbols/symdex/writer.ts'
import { addDays, dateAt } from '../../../shared/time/dates.ts'
import { warnOfDamage } from '../../cli/damage-output.ts'
import { writeMissingSymbols } from '../../cli/missing-symbols-output.ts'
import { addStoreOption, countOption, type StoreOptions } from '../../cli/options.ts'
import { withProgress } from '../../cli/progress.ts'
import { openFiles, openStore } from '../../lake/open-store.ts'
import { listMissingSymbols, openMissingModules } from '../../symbols/missing-modules.ts'

export function buildSymbolFiles(command: Command): void {
  command
    .command('index')
    .description('write the symdex of each symbol file next to it')
    .argument('<files...>', 'Breakpad symbol files, optionally gzipped')
    .option('--json', 'print sizes as JSON, one line per file')
    .addHelpText('after', '\nExample:\n  mayday symbols index libfoo.so.sym\n')
    .action(indexAll)
  command
    .command('lookup')
    .description('symbolicate addresses relative to the module, in hexadecimal')
    .argument('<file>', 'a symdex (read by ranges) or a symbol file')
    .argument('<addresses...>', 'relative to the module, in hexadecimal, with 0x or without')
    .option('--json', 'print JSON, one line per address')
    .addHelpText('after', '\nExample:\n  mayday symbols lookup libfoo.so.symdex 0x4c2a\n')
    .action(lookUp)
  buildMissing(command.command('missing'))
}

function buildMissing(command: Command): void {
  addStoreOption(command)
    .description('list the modules whose symbols crashes lacked, most affected crashes first')
    .option('--product <NAME>', 'only crashes of this product')
    .option('--days <N>', 'only crashes of the last N days', countOption('--days', 1, 36_500))
    .option(
      '--limit <N>',
      'modules to print (default: 50; --csv and --json: all)',
      countOption('--limit', 1, 1e9),
    )
    .option('--csv', 'print debug_file,debug_id,code_file,code_id, as for a job that fetches symbols')
    .option('--json', 'print JSON, one line per module')
    .addHelpText(
      'after',
      `
Crashes are counted without duplicates; "weighted" estimates how many there were in all. Updates the table
missing_modules first (mayday sql reads it too).

Examples:
  mayday symbols missing --product Ledger --days 7
  mayday symbols missing --days 2 --csv > missing-symbols.csv`,
    )
    .action(printMissing)
}

async function readSymbols(path: string): Promise<SymFile> {
  return parseSymFile(gunzipNow(await orMissing(path, readFile(path)), maxSymbolBytes))
}

async function orMissing<T>(path: string, result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw new CrashError('missing', `${path} cannot be read (${(error as Error).message})`, { cause: error })
  }
}

const symdexName = (path: string) => `${path.replace(/\.gz$/, '').replace(/\.sym$/, '')}.symdex`

async function indexAll(paths: string[], flags: { json?: boolean }): Promise<void> {
  for (const path of paths) {
    const symbols = await readSymbols(path)
    const symdex = buildSymdex(symbols, deflatePage)
    const to = symdexName(path)
    await writeFile(to, symdex)
    const report = {
      file: to,
      bytes: symdex.length,
      text_bytes: symbols.text.length,
      bad_lines: symbols.badLines,
    }
    const percent = ((100 * symdex.length) / Math.max(1, symbols.text.length)).toFixed(1)
    process.stdout.write(
      flags.json
        ? `${JSON.stringify(report)}\n`
        : `${to}: ${symdex.length} bytes, ${percent} % of the text\n`,
    )
  }
}

interface MissingOptions extends StoreOptions {
  product?: string
  days?: number
  limit?: number
  csv?: true
  json?: true
}

async function printMissing(options: MissingOptions): Promise<void> {
  if (options.csv && options.json) throw new CrashError('bad-usage', 'Use one of --csv and --json')
  const format = options.csv ? 'csv' : options.json ? 'json' : 'table'
  await using open = await openStore(options)
  await using files = await openFiles(open)
  await withProgress(['Reading', 0, 'days'], () => openMissingModules(files))
  const { product, days, limit = format === 'table' ? 50 : Number.POSITIVE_INFINITY } = options
  const since = days === undefined ? undefined : addDays(dateAt(Date.now()), 1 - days)
  await writeMissingSymbols(listMissingSymbols(files, present({ product, since })), { format, limit })
  warnOfDamage(files)
}

async function lookUp(path: string, addresses: string[], flags: { json?: boolean }): Promise<void> {
  const wanted = addresses.map(parseAddress)
  if (!path.endsWith('.symdex')) return printAll(tableOfSymFile(await readSymbols(path)), wanted, flags)
  await using file = await orMissing(path, open(path))
  const table = await tableOfSymdexRanges(async (offset, length) => {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  })
  await printAll(table, wanted, flags)
}

function parseAddress(text: string): number {
  const address = /^(0x)?[0-9a-fA-F]{1,8}$/.test(text) ? Number.parseInt(text, 16) : Number.NaN
  if (Number.isNaN(address))
    throw new CrashError('bad-usage', `${text} is not an address: use hexadecimal, such as 0x4c2a`)
  return address
}

async function printAll(table: SymbolTable, addresses: number[], flags: { json?: boolean }): Promise<void> {
  for (const address of addresses) {
    await table.load(address)
    const page = table.page(address)
    const found = page ? findSymbol(page, address) : null
    const at = `0x${address.toString(16)}`
    process.stdout.write(
      flags.json ? `${JSON.stringify({ address: at, symbol: found })}\n` : `${at}\n${describe(found)}`,
    )
  }
}

function describe(found: SymbolInfo | null): string {
  if (!found) return '  no symbol\n'
  const place = (file: string | null, line: number | null) =>
    file === null ? '' : `  ${file}:${line ?? '?'}`
  const inlines = found.inlines.map(
    (inline) => `  ${readableName(inline.function)}${place(inline.file, inline.line)} (inlined)\n`,
  )
  return `${inlines.join('')}  ${readableName(found.function)}${place(found.file, found.line)}\n`
}
