// Modules with missing symbols, as a table, CSV or JSON lines.
import type { MissingSymbols } from '../symbols/missing-modules.ts'
import { csvCell } from './csv.ts'
import { visible, writeOut } from './output.ts'
import { textTable } from './text-table.ts'

/** Writes the first `limit` modules; CSV and JSON in constant memory. CSV has the columns of Tecken's list. */
export async function writeMissingSymbols(
  modules: AsyncIterable<MissingSymbols>,
  { format, limit }: { format: 'table' | 'csv' | 'json'; limit: number },
): Promise<void> {
  const rows: string[][] = []
  if (format === 'csv') await writeOut('debug_file,debug_id,code_file,code_id\r\n')
  let left = limit
  for await (const module of modules) {
    if (format === 'table') rows.push(cellsOf(module))
    else await writeOut(safe(format === 'csv' ? csvLine(module) : jsonLine(module)))
    if (--left <= 0) break
  }
  if (format === 'table') await writeOut(textTable(names, rows, numeric))
}

const safe = (text: string) => (process.stdout.isTTY ? visible(text) : text)

const csvLine = ({ debug_file, debug_id, filename, code_id }: MissingSymbols) =>
  `${[debug_file, debug_id, filename, code_id].map(csvCell).join(',')}\r\n`

const jsonLine = ({ filename: code_file, ...module }: MissingSymbols) =>
  `${JSON.stringify({ code_file, ...module })}\n`

const names = [
  'debug_file',
  'debug_id',
  'code_file',
  'code_id',
  'crashes',
  'weighted',
  'products',
  'first_seen',
  'last_seen',
]
const numeric = names.map((name) => name === 'crashes' || name === 'weighted')

const cellsOf = (module: MissingSymbols): string[] => [
  module.debug_file,
  module.debug_id,
  module.filename,
  module.code_id,
  String(module.count),
  String(Math.round(module.weighted)),
  module.products.join(', '),
  module.first_seen,
  module.last_seen,
]
