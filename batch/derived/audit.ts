// The table `audit`: what holders of tokens did, from the batches of the edge and of commands.
import { decodeAuditRows } from '../../shared/access/audit.ts'
import { auditPrefix } from '../../shared/keys.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { auditTable } from '../lake/tables.ts'
import { gatherBatches } from './batches.ts'

/** Updates the table. @returns files written */
export const gatherAudit = (files: TableFiles, now = new Date()): Promise<number> =>
  gatherBatches(
    files,
    {
      table: auditTable,
      index: 'audit',
      prefix: auditPrefix,
      decode: decodeAuditRows,
      rowsOf: (date, rows) => rows.map((row) => ({ ...row, date })),
    },
    now,
  )
