// An empty Parquet file with the columns of a table: readers that read several files by name get all columns from it.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { schemaFileKey } from '../../shared/keys.ts'
import { sqlType } from '../lake/column-types.ts'
import { temporaryFile } from '../lake/files/temporary.ts'
import { writeRows } from '../lake/parquet.ts'
import type { Table } from '../lake/tables.ts'
import type { PublishRun } from './publish-table.ts'
import type { TableTree } from './tree.ts'

/** Its key changes with the columns. */
export function schemaFileOf({ name, columns }: Table): { key: string } {
  const text = columns.map((column) => `${column.name} ${sqlType(column)}`).join('\n')
  return { key: schemaFileKey(name, createHash('sha256').update(text).digest('hex').slice(0, 16)) }
}

/** Writes the file of a table unless it exists. */
export async function writeSchemaFile(
  { files, lake }: Pick<PublishRun, 'files' | 'lake'>,
  table: Table,
  tree: TableTree,
): Promise<void> {
  const { key } = schemaFileOf(table)
  if (tree.objects.has(key)) return
  await using file = await temporaryFile(files.dir)
  await writeRows(files, table, [], file.path)
  await lake.put(key, await readFile(file.path), { contentType: 'application/vnd.apache.parquet' })
}
