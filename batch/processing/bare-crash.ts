// The raw crash of a report of which only the crash ID is known.
import type { RawCrash } from '../../shared/crash.ts'
import { dateOfCrashId } from '../../shared/keys.ts'

/** The time of submission is the start of the day; all other fields of the collector are empty. */
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
