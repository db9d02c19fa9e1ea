// CrashVerify: where a crash is stored.
import { isCrashId } from '../../shared/crash-id.ts'
import { dateOfCrashId, processedKey, rawKey } from '../../shared/keys.ts'
import type { Call } from '../../shared/api/calls.ts'
import { ApiProblem } from '../../shared/api/problems.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { LiveTables } from './live-tables.ts'

/** @param crashes the bucket `crashes` */
export async function verifyCrash(
  { args, signal }: Call<'CrashVerify'>,
  tables: LiveTables,
  crashes: Storage,
): Promise<object> {
  const crashId = args.crash_id
  if (!isCrashId(crashId, { anyDigit: true })) throw new ApiProblem(400, { error: 'unknown crash id' })
  const [raw, processed, rows] = await Promise.all([
    crashes.head(rawKey(crashId)),
    crashes.head(processedKey(crashId)),
    tables.read(signal, async ({ relation, run }) => {
      const day = await relation('crashes', { dates: new Set([dateOfCrashId(crashId)]) })
      return run<object>(`SELECT 1 AS found FROM ${day} WHERE crash_id = $crashId`, { crashId })
    }),
  ])
  return {
    uuid: crashId,
    raw_crash: raw !== null,
    processed_crash: processed !== null,
    elasticsearch_crash: rows.length === 1,
    telemetry_crash: false,
  }
}
