// The journey of a crash: from the program to the report on the page, in order.
import type { PartialCrash } from '../../../shared/crash.ts'
import { formatCount, formatEpoch, formatTime, plural } from '../format.ts'
import type { ModuleView } from './crash-view.ts'

export interface Station {
  title: string
  /** When, readable; null: not recorded. */
  at: string | null
  /** What happened there, one sentence each. */
  facts: readonly string[]
  /** Names that belong to a sentence: rules, modules. */
  lists: readonly { title: string; items: readonly string[] }[]
}

/** The stations that the crash has a record of. */
export function journeyOf(crash: PartialCrash, modules: readonly ModuleView[]): Station[] {
  return [
    crashed(crash),
    received(crash),
    throttled(crash),
    stored(crash),
    processed(crash),
    symbolicated(crash, modules),
    grouped(crash),
  ].filter((station) => station.at !== null || station.facts.length > 0 || station.lists.length > 0)
}

const texts = (...all: (string | false | null | undefined)[]) => all.filter((text): text is string => !!text)

function crashed({ crash_time }: PartialCrash): Station {
  const at = typeof crash_time === 'number' && crash_time > 0 ? formatEpoch(crash_time) : null
  return { title: 'Crashed', at, facts: at ? ["By the client's clock."] : [], lists: [] }
}

function received({
  submitted_timestamp,
  collector_metadata: metadata,
  submitted_from,
}: PartialCrash): Station {
  const facts = texts(
    submitted_from && `Sent from: ${submitted_from}.`,
    typeof metadata?.payload_size === 'number' &&
      `${plural(metadata.payload_size, 'byte')} on the wire, as ${metadata.payload ?? 'multipart'}.`,
    metadata?.user_agent && `User agent: ${metadata.user_agent}.`,
  )
  const at = submitted_timestamp ? formatTime(submitted_timestamp) : null
  return { title: 'Received', at, facts, lists: [] }
}

function throttled({ throttle_rule, throttle_percent: percent, weight }: PartialCrash): Station {
  const facts = texts(
    throttle_rule && `The rule ${throttle_rule} accepted it.`,
    typeof percent === 'number' && `It accepts ${formatCount(percent)} % of such reports.`,
    typeof weight === 'number' &&
      (weight > 1
        ? `So the report has the weight ${formatCount(weight)}: it represents as many crashes.`
        : 'So the report has the weight 1: it represents only itself.'),
  )
  return { title: 'Throttled', at: null, facts, lists: [] }
}

function stored({ duplicate_of, dumps_dropped_at, collector_metadata }: PartialCrash): Station {
  const facts = texts(
    duplicate_of && `The same report was received before: ${duplicate_of}.`,
    dumps_dropped_at && `Its minidumps were dropped on ${formatTime(dumps_dropped_at)}.`,
  )
  const files = (collector_metadata?.files ?? []).flatMap(({ name }) => name || [])
  return { title: 'Stored', at: null, facts, lists: files.length ? [{ title: 'Files', items: files }] : [] }
}

function processed(crash: PartialCrash): Station {
  const { started_datetime: start, completed_datetime: end, processor_version, stackwalk_version } = crash
  const seconds = start && end ? (Date.parse(end) - Date.parse(start)) / 1000 : Number.NaN
  const facts = texts(
    seconds >= 0 && `It took ${seconds < 10 ? seconds.toFixed(2) : formatCount(seconds)} s.`,
    processor_version && `Rules: ${processor_version}.`,
    stackwalk_version && `Stack walker: ${stackwalk_version}.`,
    crash.success === false && 'A part of it was skipped or a rule failed: see the notes.',
  )
  const notes = (crash.processor_notes ?? '').split('\n').filter(Boolean)
  const earlier = crash.processor_history ?? []
  const lists = [
    { title: 'Notes', items: notes },
    { title: 'Notes of earlier processing', items: earlier },
  ].filter(({ items }) => items.length > 0)
  return { title: 'Processed', at: end ? formatTime(end) : null, facts, lists }
}

function symbolicated({ symbol_places }: PartialCrash, modules: readonly ModuleView[]): Station {
  const named = (symbols: ModuleView['symbols']) =>
    modules.filter((module) => module.symbols === symbols).map(({ filename }) => filename)
  const [loaded, missing, corrupt] = [named('loaded'), named('missing'), named('corrupt')]
  const facts = texts(
    loaded.length > 0 && `Symbols of ${plural(loaded.length, 'module')} were found.`,
    missing.length > 0 && `Those of ${plural(missing.length, 'module')} were requested and not found.`,
    corrupt.length > 0 && `Those of ${plural(corrupt.length, 'module')} could not be read.`,
  )
  const lists = [
    { title: 'Missing', items: missing },
    { title: 'Unreadable', items: corrupt },
    { title: 'Asked, in this order', items: symbol_places ?? [] },
  ].filter(({ items }) => items.length > 0)
  return { title: 'Symbolicated', at: null, facts, lists }
}

function grouped({ signature, signature_version, signature_steps, stack_key }: PartialCrash): Station {
  const rules = new Set((signature_steps ?? []).flatMap(({ rule }) => rule || []))
  const facts = texts(
    signature && `Signature: ${signature}.`,
    signature_version && `Lists: ${signature_version}.`,
    stack_key && `Stack key: ${stack_key}.`,
  )
  const lists = rules.size > 0 ? [{ title: 'Rules that decided', items: [...rules] }] : []
  return { title: 'Grouped', at: null, facts, lists }
}
