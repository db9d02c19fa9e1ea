// Rules for the report as a whole: identity, keys, submission, process type, report type.
import { crashingFrames, mainDumpName } from '../../../shared/crash.ts'
import { processTypeOf } from '../../../shared/throttle/product.ts'
import { has, type Rule, rule, annotationText } from './rule.ts'
import { present } from '../../../shared/present.ts'

/**
 * Names of the annotations and files of the report. Invalid names are dropped with a note; long names are truncated.
 */
const reportKeys = rule({
  name: 'report-keys',
  version: 1,
  run({ raw, files }, _draft, note) {
    const all = [...Object.keys(raw), ...files.map((file) => file.name)]
    const good = all.filter((key) => /^[a-zA-Z0-9_-]+$/.test(key)).map((key) => key.slice(0, 100))
    if (good.length < all.length || all.some((key) => key.length > 100)) {
      note('invalidkeys: Crash report contains invalid keys')
    }
    return { crash_report_keys: [...new Set(good)].sort() }
  },
})

const collectorMetadata = rule({
  name: 'collector-metadata',
  version: 2,
  run({ raw, files, duplicateOf }) {
    const { throttle, dumps_dropped } = raw.metadata ?? {}
    return {
      collector_metadata: { ...raw.metadata, files },
      weight: weightOf(throttle?.weight),
      ...present({
        throttle_rule: throttle?.rule,
        throttle_percent: throttle?.percent,
        duplicate_of: duplicateOf,
        dumps_dropped_at: dumps_dropped?.at,
      }),
    }
  },
})

/** 1 / share kept; 1 if the report has no valid value. */
function weightOf(weight: unknown): number {
  return typeof weight === 'number' && Number.isFinite(weight) && weight >= 1 ? weight : 1
}

const identity = rule({
  name: 'identity',
  version: 1,
  run: ({ crashId }) => ({ crash_id: crashId, uuid: crashId }),
})

const dumpHash = rule({
  name: 'dump-hash',
  version: 1,
  run: ({ raw }) => ({ minidump_sha256_hash: raw.metadata?.dump_checksums?.[mainDumpName] ?? '' }),
})

const submittedFrom = rule({
  name: 'submitted-from',
  version: 1,
  run(input) {
    if (has(input, 'SubmittedFromInfobar')) {
      const infobar = ['1', 'true', true].includes(input.raw.SubmittedFromInfobar as string | boolean)
      return { submitted_from_infobar: infobar, submitted_from: infobar ? 'Infobar' : 'Unknown' }
    }
    const from = annotationText(input, 'SubmittedFrom') ?? 'Unknown'
    return { submitted_from: from, submitted_from_infobar: from === 'Infobar' }
  },
})

/** The number before the first dot of the version; 0 if the version does not start with a number. */
const majorVersion = rule({
  name: 'major-version',
  version: 1,
  after: ['copy-annotations'],
  run(_input, draft) {
    const match = /^\s*(\d{1,9})(?!\d)/.exec(draft.version ?? '')
    return { major_version: match ? Number(match[1]) : 0 }
  },
})

const processType = rule({
  name: 'process-type',
  version: 3,
  run({ raw }) {
    const value = processTypeOf(raw)?.trim()
    return { process_type: !value || value === 'main' || value === 'browser' ? 'parent' : value }
  },
})

/** A hang is identified by its annotations or by its watchdog on the stack. */
const reportType = rule({
  name: 'report-type',
  version: 1,
  after: ['copy-annotations', 'crashing-thread'],
  run(_input, draft) {
    const marked = draft.ipc_channel_error !== undefined || draft.async_shutdown_timeout !== undefined
    const watched = () => crashingFrames(draft).some((frame) => frame.function?.includes('RunWatchdog'))
    return { report_type: marked || watched() ? 'hang' : 'crash' }
  },
})

export const reportRules: readonly Rule[] = [
  reportKeys,
  collectorMetadata,
  identity,
  dumpHash,
  submittedFrom,
  majorVersion,
  processType,
  reportType,
]

/**
 * Annotations without NUL characters and null values. A name without NUL characters takes precedence over one that
 * becomes equal to it.
 */
export function cleanAnnotations<Annotations extends object>(raw: Annotations): Annotations {
  const clean = new Map<string, unknown>()
  for (const [name, value] of Object.entries(raw)) {
    if (value === null || value === undefined) continue
    const cleanName = name.replaceAll('\0', '')
    if (cleanName !== name && (Object.hasOwn(raw, cleanName) || clean.has(cleanName))) continue
    clean.set(cleanName, typeof value === 'string' ? value.replaceAll('\0', '') : value)
  }
  return Object.fromEntries(clean) as Annotations
}
