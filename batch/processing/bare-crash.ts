// The raw crash of a report of which only the crash id is known.
import type { RawCrash } from '../../shared/crash.ts'
import { dateOfCrashId } from '../../shared/keys.ts'

/** Submitted when its day began; everything else that a collector adds is empty. */
export function bareRawCrash(crashId: string): RawCrash {
  return {
    uuid: crashId,
    submitted_timestamp: `${dateOfCrashId(crashId)}T00:00:00+00:00`,
    version: 2,
    metadata: {
      payload: 'multipart',
      payload_compressed: '0',
      payload_size: 0,
      collector_notes: [],
      dump_checksums: {},
      user_agent: '',
      throttle_rule: '',
      throttle: { rule: '', percent: 100, weight: 1 },
    },
  }
}
