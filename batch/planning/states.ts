// The states of a crash: which of its parts are stored. What `mayday verify` reports of each, and what repairs it.
import { erasureKey, processedKey, rawKey, tablePrefix } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { CrashState } from './plan.ts'

/** What can be wrong, by kind of finding. In texts, ID is replaced by the crash ID and REPORT by the key of its report. */
export const findingKinds = {
  missing: {
    text: 'missing in',
    cause: 'not processed yet, a run was killed, or an object was deleted',
    cure: 'run mayday process',
  },
  double: {
    text: 'more than one row in',
    cause: 'jobs with different `N` on one day',
    cure: 'run mayday process',
  },
  orphan: {
    text: 'without a report, in',
    cause: 'the report was deleted or lost',
    cure: 'restore REPORT from a backup, or run mayday expunge ID',
  },
  erasing: {
    text: 'not completely deleted, in',
    cause: '`mayday expunge` was killed',
    cure: 'run mayday expunge ID',
  },
  unmarked: {
    text: 'a duplicate that is not marked, in',
    cause: 'two jobs processed two days at the same time',
    cure: 'run mayday process --crash-id ID',
  },
  unreadable: {
    text: 'an unreadable processed crash at',
    cause: 'a disk or a copy failed (only `--deep` finds it)',
    cure: 'run mayday process --crash-id ID',
  },
  unreadable_report: {
    text: 'an unreadable report at',
    cause: 'a disk or a copy failed (only `--deep` finds it)',
    cure: 'restore REPORT from a backup, or run mayday expunge ID',
  },
  half_dropped: {
    text: 'a processed crash that does not state whether its report has dumps, at',
    cause:
      '`mayday expire` was killed while it dropped dumps, or a report was restored (only `--deep` finds it)',
    cure: 'run mayday process --crash-id ID',
  },
  different: {
    text: 'a row that does not match the processed crash in',
    cause: 'a run was killed, or a file was changed by hand (only `--deep` finds it)',
    cure: 'run mayday process --crash-id ID',
  },
} as const satisfies Record<string, { text: string; cause: string; cure: string }>

export type FindingKind = keyof typeof findingKinds

/** One inconsistency of one crash. */
export interface Finding {
  crash_id: string
  date: IsoDate
  kind: FindingKind
  /** The object key, or the prefix of the table. */
  where: string
}

/** A finding as text, with the cause's cure. */
export function describeFinding({ crash_id, kind, where }: Finding): string {
  const { text, cure } = findingKinds[kind]
  return `${crash_id}  ${text} ${where}: ${cure.replace('ID', crash_id).replace('REPORT', rawKey(crash_id))}`
}

/** A number of rows: none, exactly one, or more. */
export type Rows = 0 | 1 | 2

/** The parts of a crash. `modules`: whether its rows in `modules` are as many as its row in `crashes` counts. */
export interface Parts {
  erasing: boolean
  report: boolean
  document: boolean
  crashes: Rows
  protected: Rows
  modules: 'right' | 'fewer' | 'more'
}

/** A rule of the table of states: applies to crashes with these parts; other parts may be anything. */
export interface StateRule extends Partial<Parts> {
  /** Null: the state is consistent. */
  kinds: readonly FindingKind[] | null
}

/** The first rule that applies decides. */
export const stateRules: readonly StateRule[] = [
  { erasing: true, kinds: ['erasing'] },
  { report: true, document: true, crashes: 1, protected: 1, modules: 'right', kinds: null },
  { report: true, kinds: ['missing', 'double'] },
  { report: false, document: false, crashes: 0, protected: 0, modules: 'right', kinds: null },
  { report: false, kinds: ['orphan'] },
]

const partNames = ['erasing', 'report', 'document', 'crashes', 'protected', 'modules'] as const

/** The rule that decides about a crash. */
export const ruleOf = (parts: Parts): StateRule =>
  stateRules.find((rule) =>
    partNames.every((name) => rule[name] === undefined || rule[name] === parts[name]),
  )!

/** Numbers of rows in `modules`: `expected` by the row in `crashes`, null without one; `actual`. */
export interface ModuleCounts {
  expected: number | null
  actual: number
}

/** The findings of a crash, one per place. @param modules if they are wrong */
export function findingsOf(state: CrashState, modules: ModuleCounts | undefined, date: IsoDate): Finding[] {
  const { kinds } = ruleOf(partsOf(state, modules))
  if (kinds === null) return []
  const found = kinds.includes('missing') ? deviations(state, modules, date) : leftovers(state, modules, date)
  return found.map(({ kind = kinds[0]!, where }) => ({ crash_id: state.crashId, date, kind, where }))
}

const partsOf = (state: CrashState, modules: ModuleCounts | undefined): Parts => ({
  erasing: state.erasing,
  report: state.raw,
  document: state.processed,
  crashes: rowsOf(state.rows),
  protected: rowsOf(state.protectedRows),
  modules: modules ? (modules.actual < (modules.expected ?? 0) ? 'fewer' : 'more') : 'right',
})

const rowsOf = (count: number): Rows => (count > 1 ? 2 : (count as 0 | 1))

type Place = { kind?: FindingKind; where: string }

/** Where a crash with a report has too little or too much. Without a row in `crashes` its modules are unknown. */
function deviations(state: CrashState, modules: ModuleCounts | undefined, date: IsoDate): Place[] {
  const counts = [
    { expected: 1, actual: Number(state.processed), where: processedKey(state.crashId) },
    { expected: 1, actual: state.rows, where: tablePrefix('crashes', date) },
    { expected: 1, actual: state.protectedRows, where: tablePrefix('protected', date) },
    ...(modules ? [{ ...modules, where: tablePrefix('modules', date) }] : []),
  ]
  return counts
    .filter(({ expected, actual }) => expected !== null && actual !== expected)
    .map(({ expected, actual, where }) => ({ kind: actual < expected! ? 'missing' : 'double', where }))
}

/** Where anything of a crash is stored that should be deleted. */
function leftovers(state: CrashState, modules: ModuleCounts | undefined, date: IsoDate): Place[] {
  const { crashId } = state
  const places = [
    state.erasing && erasureKey(crashId),
    state.erasing && state.raw && rawKey(crashId),
    state.processed && processedKey(crashId),
    state.rows > 0 && tablePrefix('crashes', date),
    state.protectedRows > 0 && tablePrefix('protected', date),
    (modules?.actual ?? 0) > 0 && tablePrefix('modules', date),
  ]
  return places.filter((where) => where !== false).map((where) => ({ where }))
}
