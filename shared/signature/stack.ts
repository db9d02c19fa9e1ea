// The native stack: frames of one thread as texts, and the signature of the selected ones.
import { createAbortPath } from './abort-path.ts'
import { languageOfFile, normalizeFunction } from './languages/language.ts'
import type { Compat, DecidingEntry, FrameText, PlatformLists } from './lists.ts'
import {
  normalizeCppFunction,
  normalizePlace,
  normalizeRustFunction,
  restoreRustModule,
  sourcePath,
} from './normalize.ts'
import { fieldsOf, isFields, itemsOf, noAttribute, RuleError, truthy } from './python-compat/python.ts'
import { excerpt } from './rule.ts'

/** Maximum frames to consider, including inlined functions. */
const maxFrames = 40
/**
 * UTF-16 units of long texts to consider in one stack, to bound the time: texts up to `shortText` are free; longer
 * ones are truncated to it once the budget is used up.
 */
const maxStackText = 262_144
const shortText = 1024
/** Number of entries and longest key of the cache between stacks. */
const maxRemembered = 20_000
const maxRememberedLength = 300

/** The result for one thread. `log` is filled only on request, worded like the debug log. */
export interface StackResult {
  signature: string
  /** A frame marks the crash as out of memory. */
  oom: boolean
  notes: string[]
  log: string[]
  why: string[]
}

/** Options of reading a stack. */
export interface StackOptions {
  lists: PlatformLists
  compat: Compat
  /** Compare module names ignoring case. */
  lowerModules: boolean
}

interface Setting extends StackOptions {
  /** The remainder of `maxStackText`. */
  left: number
}

/**
 * The texts of a thread's first 40 frames. Throws RuleError for a damaged frame with `compat: 'socorro'`; `mayday`
 * uses an empty text instead.
 */
export function frameTexts(thread: unknown, options: StackOptions): FrameText[] {
  const texts: FrameText[] = []
  const setting: Setting = { ...options, left: maxStackText }
  const add = (read: () => FrameText): boolean => {
    texts.push(options.compat === 'socorro' ? read() : readOrEmpty(read, options.lists))
    return texts.length === maxFrames
  }
  const { frames } = fieldsOf(thread)
  const correct = options.compat === 'mayday' ? createAbortPath(options.lists) : null
  for (const item of itemsOf(frames === undefined ? [] : frames)) {
    if (options.compat === 'mayday' && !isFields(item)) continue
    const frame = fieldsOf(item)
    if (truthy(frame.inlines)) {
      for (const inline of itemsOf(frame.inlines)) {
        if (add(() => frameText(fieldsOf(inline), frame, null, setting))) return texts
      }
    }
    const readOwn = () => frameText(frame, frame, frame.unloaded_modules, setting)
    if (add(correct ? () => correct(frame, readOwn()) : readOwn)) return texts
  }
  return texts
}

function readOrEmpty(read: () => FrameText, lists: PlatformLists): FrameText {
  try {
    return read()
  } catch (error) {
    if (error instanceof RuleError) return knownText('', lists)
    throw error
  }
}

type Fields = Record<string, unknown>

/** The text of one frame: `inner` has function, file and line, `outer` module and address. */
function frameText(inner: Fields, outer: Fields, unloadedModules: unknown, setting: Setting): FrameText {
  const { lists } = setting
  const file = bounded(inner.file, setting)
  const path = pathOf(file, setting.compat)
  const name = restoreRustModule(path, bounded(inner.function, setting))
  let module = bounded(outer.module, setting)
  if (setting.lowerModules && truthy(module)) {
    if (typeof module !== 'string') throw noAttribute(module, 'lower')
    module = module.toLowerCase()
  }
  if (truthy(name)) return functionText(name, path, inner.line, setting)
  const offset = bounded(outer.offset, setting)
  const text = normalizePlace({ file, line: inner.line, module, unloadedModules, offset })
  const unnamed = setting.compat === 'mayday' && truthy(module) && !(truthy(file) && truthy(inner.line))
  return knownText(text, lists, unnamed)
}

/** Charges a long text to the budget, and truncates it if too little is left. */
function bounded(value: unknown, setting: Setting): unknown {
  if (typeof value !== 'string' || value.length <= shortText) return value
  setting.left -= value.length
  return setting.left >= 0 ? value : value.slice(0, shortText)
}

/** The path of a source file, as far as it decides how names are normalized. */
function pathOf(file: unknown, compat: Compat): string | null {
  if (compat === 'mayday') return typeof file === 'string' ? (sourcePath(file) ?? file) : null
  return typeof file === 'string' && !file.includes('.rs') ? null : sourcePath(file)
}

function functionText(name: unknown, path: string | null, line: unknown, setting: Setting): FrameText {
  const rust = path?.endsWith('.rs') ?? false
  if (typeof name !== 'string') {
    if (rust) itemsOf(name) // Throws the reference's error.
    throw noAttribute(name, 'endswith')
  }
  const { lists, compat } = setting
  const language = compat === 'mayday' ? languageOfFile(path) : rust ? 'rust' : 'cpp'
  const memory = lists.memory.functions(`${compat} ${language}`)
  const known = memory.get(name)
  if (known) return known
  let lined = false
  const wantsLine = (text: string) => {
    lined = lists.wantsLine(text)
    return lined
  }
  const text =
    compat === 'socorro'
      ? (rust ? normalizeRustFunction : normalizeCppFunction)(name, line, wantsLine)
      : normalizeFunction(name, { language, line, wantsLine })
  const frame = knownText(text, lists)
  if (!lined) remember(memory, name, frame)
  return frame
}

function knownText(text: string, lists: PlatformLists, unnamed = false): FrameText {
  const memory = unnamed ? lists.memory.functions('no symbols') : lists.memory.texts
  const known = memory.get(text)
  if (known) return known
  const frame: FrameText = {
    text,
    sentinel: lists.isSentinel(text),
    unnamed,
    skip: undefined,
    prefix: undefined,
  }
  remember(memory, text, frame)
  return frame
}

function remember(memory: Map<string, FrameText>, key: string, frame: FrameText): void {
  if (key.length > maxRememberedLength || frame.text.length > maxRememberedLength) return
  if (memory.size >= maxRemembered) memory.clear()
  memory.set(key, frame)
}

/**
 * The signature of normalized frames: from the first sentinel on, without irrelevant frames, prefixes followed by
 * further frames, up to and including the first frame that is not a prefix. `explain` fills `log` and `why`.
 */
export function signatureOfFrames(
  all: readonly FrameText[],
  thread: bigint,
  { explain, ...options }: SelectOptions & { explain: boolean },
): StackResult {
  const result: StackResult = { signature: '', oom: false, notes: [], log: [], why: [] }
  const report: Report = (log, why) => {
    result.log.push(log)
    result.why.push(why)
  }
  const explainer = explain ? report : null
  const sentinel = all.findIndex((frame) => frame.sentinel)
  const frames = sentinel > 0 ? all.slice(sentinel) : all
  const first = frames[0]?.text
  if (sentinel >= 0) {
    explainer?.(
      `sentinel; starting at "${first}" index ${sentinel}`,
      `started at frame ${sentinel}, ${excerpt(first!)}: a sentinel`,
    )
  }
  const { taken, oom } = selectFrames(frames, options, explainer)
  result.oom = oom
  result.signature = joinFrames(taken, options.location, explainer)
  if (result.signature === '') {
    result.notes.push(`CSignatureTool: no frame data for crashing thread (${thread})`)
    const usable = options.compat === 'mayday' ? frames.find(({ text }) => /^[^@]/.test(text)) : frames[0]
    result.signature =
      joinFrames(usable ? [usable] : frames.slice(0, 1), options.location, explainer) || (first ?? noFrames)
    if (explain) result.why.push('no frame was selected, so the first one is used')
  }
  return result
}

const noFrames = 'EMPTY: no frame data available'

interface SelectOptions {
  lists: PlatformLists
  compat: Compat
  /** Where the program stopped, as text that needs no symbols; null: unknown, or not wanted. */
  location: string | null
}

/** Functions in which every program has its threads: they tell nothing about a crash below them. */
const entryPoint = /^(?:w?(?:Win)?main|DllMain|android_main)$/

/**
 * The signature of the selected frames. If they end without a function of the program, the first module without
 * symbols ends the signature, with the location: the frames below it are guesses, and the module's name alone is
 * the same for all crashes of the program.
 */
function joinFrames(taken: readonly FrameText[], location: string | null, report: Report | null): string {
  const last = taken.at(-1)
  const module = location === null ? -1 : taken.findIndex(({ unnamed }) => unnamed)
  const ends = last && !last.unnamed && !last.prefix && !entryPoint.test(last.text)
  if (module < 0 || ends) return taken.map(({ text }) => text).join(' | ')
  const { text } = taken[module]!
  report?.(`no symbols; location of "${text}"`, `${excerpt(text)} has no symbols: the location is added`)
  const texts = taken.slice(0, module).map((frame) => frame.text)
  return [...texts, `${text}@${location}`].join(' | ')
}

type Report = (log: string, why: string) => void

/** The frames that the lists select, and whether one marks the crash as out of memory. */
function selectFrames(
  frames: readonly FrameText[],
  { lists, compat }: SelectOptions,
  report: Report | null,
): { taken: FrameText[]; oom: boolean } {
  const taken: FrameText[] = []
  let oom = false
  for (const given of frames) {
    const { frame, skip } = resolve(given, lists)
    const { text } = frame
    if (text === '') {
      report?.('empty string; ignoring: ""', 'skipped an empty frame')
      continue
    }
    if (skip) {
      oom ||= skip.role === 'oom'
      report?.(`irrelevant; ignoring: "${text}"`, `skipped ${excerpt(text)}: ${because(skip)}`)
      continue
    }
    if (taken.at(-1)?.text === text && mergesRepeats(text, compat)) continue
    taken.push(frame)
    if (frame.prefix === undefined) frame.prefix = lists.findPrefix(text)
    if (!frame.prefix) {
      report?.(`not a prefix; stop: "${text}"`, `selected ${excerpt(text)} and stopped: it is in no list`)
      break
    }
    report?.(
      `prefix; continue iterating: "${text}"`,
      `selected ${excerpt(text)} and continued: ${because(frame.prefix)}`,
    )
  }
  return { taken, oom }
}

/** The frame, or the one that an alias names, and the entry that skips it. */
function resolve(given: FrameText, lists: PlatformLists): { frame: FrameText; skip: DecidingEntry | null } {
  if (given.skip === undefined) given.skip = given.text === '' ? null : lists.findSkip(given.text)
  if (!given.skip?.as) return { frame: given, skip: given.skip }
  const frame = knownText(given.skip.as, lists)
  if (frame.skip === undefined) frame.skip = lists.findSkip(frame.text)
  return { frame, skip: frame.skip?.as ? null : frame.skip }
}

/** UTF-16 units of a list entry shown in a step: patterns can be long. */
const maxEntry = 60

const because = ({ reason, text, topic }: DecidingEntry) =>
  `${reason} (${topic}: ${text.length > maxEntry ? `${text.slice(0, maxEntry)}…` : text})`

/** Whether repetitions of a text are merged: in Socorro only those of whole modules. */
function mergesRepeats(text: string, compat: Compat): boolean {
  if (compat === 'mayday') return true
  if (text.startsWith('(unloaded')) return false
  return (
    /\.(?:dll|so)$/i.test(text) ||
    text === 'XUL' ||
    text === '<name omitted>' ||
    text.startsWith('<unknown in')
  )
}
