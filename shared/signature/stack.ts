// The native stack: frames of one thread as texts, and the signature made of those that say something.
import type { DecidingEntry, PlatformLists } from './lists.ts'
import {
  normalizeCppFunction,
  normalizePlace,
  normalizeRustFunction,
  restoreRustModule,
  sourcePath,
} from './normalize.ts'
import { fieldsOf, itemsOf, noAttribute, RuleError, truthy } from './python.ts'

/** Frames looked at, inlined functions included. */
const maxFrames = 40
/** UTF-16 units of frame text looked at in one stack; what comes after is cut short, so that time stays bounded. */
const maxStackText = 262_144
const shortText = 256
/** Entries and longest key of what is remembered between stacks. */
const maxRemembered = 20_000
const maxRememberedLength = 300

/** A frame's text and what the lists say about it, found when first asked. */
export interface FrameText {
  readonly text: string
  irrelevant?: DecidingEntry | null
  prefix?: DecidingEntry | null
}

/** What came out of one thread. `log` is filled only on request, in the words of the debug log. */
export interface StackResult {
  signature: string
  notes: string[]
  log: string[]
  why: string[]
}

/** The texts of a thread's first 40 frames. `lowerModules`: names of modules are compared without case. */
export function frameTexts(thread: unknown, lists: PlatformLists, lowerModules: boolean): FrameText[] {
  const texts: FrameText[] = []
  const budget = { left: maxStackText }
  const frames = fieldsOf(thread).frames
  for (const item of itemsOf(frames === undefined ? [] : frames)) {
    const frame = fieldsOf(item)
    if (truthy(frame.inlines)) {
      for (const inline of itemsOf(frame.inlines)) {
        texts.push(frameText(fieldsOf(inline), frame, null, { lists, lowerModules, budget }))
        if (texts.length === maxFrames) return texts
      }
    }
    texts.push(frameText(frame, frame, frame.unloaded_modules, { lists, lowerModules, budget }))
    if (texts.length === maxFrames) return texts
  }
  return texts
}

interface Setting {
  lists: PlatformLists
  lowerModules: boolean
  budget: { left: number }
}

type Fields = Record<string, unknown>

/** Text of one frame: `inner` gives function, file and line, `outer` module and address. */
function frameText(inner: Fields, outer: Fields, unloadedModules: unknown, setting: Setting): FrameText {
  const { lists, budget } = setting
  const file = within(budget, inner.file)
  const path = sourcePath(file)
  const name = restoreRustModule(path, within(budget, inner.function))
  let module = within(budget, outer.module)
  if (setting.lowerModules && truthy(module)) {
    if (typeof module !== 'string') throw noAttribute(module, 'lower')
    module = module.toLowerCase()
  }
  if (truthy(name)) return functionText(name, path?.endsWith('.rs') ?? false, inner.line, lists)
  const offset = within(budget, outer.offset)
  return remembered(normalizePlace({ file, line: inner.line, module, unloadedModules, offset }), lists)
}

/** Charges a text to the budget, and cuts it short if nothing is left. */
function within(budget: { left: number }, value: unknown): unknown {
  if (typeof value !== 'string') return value
  budget.left -= value.length
  return budget.left >= 0 ? value : value.slice(0, shortText)
}

function functionText(name: unknown, rust: boolean, line: unknown, lists: PlatformLists): FrameText {
  if (typeof name !== 'string') {
    throw rust ? new RuleError('type', notIterable(name)) : noAttribute(name, 'endswith')
  }
  const key = `${rust ? 'r' : 'c'} ${name}`
  const known = lists.memory.get(key) as FrameText | undefined
  if (known) return known
  let lined = false
  const wantsLine = (text: string) => {
    lined = lists.wantsLine(text)
    return lined
  }
  const text = (rust ? normalizeRustFunction : normalizeCppFunction)(name, line, wantsLine)
  const frame = remembered(text, lists)
  if (!lined) remember(lists.memory, key, frame)
  return frame
}

const notIterable = (value: unknown): string => {
  try {
    itemsOf(value)
    return 'unexpected value'
  } catch (error) {
    return (error as Error).message
  }
}

function remembered(text: string, lists: PlatformLists): FrameText {
  const key = `t ${text}`
  const known = lists.memory.get(key) as FrameText | undefined
  if (known) return known
  const frame: FrameText = { text }
  remember(lists.memory, key, frame)
  return frame
}

function remember(memory: Map<string, unknown>, key: string, frame: FrameText): void {
  if (key.length > maxRememberedLength || frame.text.length > maxRememberedLength) return
  if (memory.size >= maxRemembered) memory.clear()
  memory.set(key, frame)
}

/**
 * The signature of normalised frames: from the first sentinel on, without irrelevant frames, each prefix followed by
 * the next frame, up to and including the first frame that is no prefix. `explain` fills `log` and `why`.
 */
export function signatureOfFrames(
  all: readonly FrameText[],
  thread: bigint,
  { lists, explain }: { lists: PlatformLists; explain: boolean },
): StackResult {
  const result: StackResult = { signature: '', notes: [], log: [], why: [] }
  const tell = (log: string, why: string) => {
    result.log.push(log)
    result.why.push(why)
  }
  const start = Math.max(
    all.findIndex(({ text }) => lists.isSentinel(text)),
    0,
  )
  const frames = start > 0 ? all.slice(start) : all
  const first = frames[0]?.text
  if (explain && first !== undefined && lists.isSentinel(first)) {
    tell(`sentinel; starting at "${first}" index ${start}`, `began at frame ${start}, ${first}: a sentinel`)
  }
  const taken: string[] = []
  for (const frame of frames) {
    const { text } = frame
    if (text === '') {
      if (explain) tell('empty string; ignoring: ""', 'skipped a frame that says nothing')
      continue
    }
    if (frame.irrelevant === undefined) frame.irrelevant = lists.findIrrelevant(text)
    if (frame.irrelevant) {
      if (explain) tell(`irrelevant; ignoring: "${text}"`, `skipped ${text}: ${because(frame.irrelevant)}`)
      continue
    }
    if (taken.length > 0 && taken[taken.length - 1] === text && mergesRepeats(text)) continue
    taken.push(text)
    if (frame.prefix === undefined) frame.prefix = lists.findPrefix(text)
    if (!frame.prefix) {
      if (explain) tell(`not a prefix; stop: "${text}"`, `took ${text} and stopped: no list knows it`)
      break
    }
    if (explain) {
      tell(`prefix; continue iterating: "${text}"`, `took ${text} and looked on: ${because(frame.prefix)}`)
    }
  }
  result.signature = taken.length === 1 ? taken[0]! : taken.join(' | ')
  if (result.signature === '') {
    result.notes.push(`CSignatureTool: no frame data for crashing thread (${thread})`)
    result.signature = first ?? 'EMPTY: no frame data available'
    if (explain) result.why.push('no frame was worth taking, so the first one stands')
  }
  return result
}

const because = ({ reason, text, topic }: DecidingEntry) => `${reason} (${topic}: ${text})`

/** True for texts that stand for a whole module: the same one again adds nothing. */
function mergesRepeats(text: string): boolean {
  if (text.startsWith('(unloaded')) return false
  return (
    /\.(?:dll|so)$/i.test(text) ||
    text === 'XUL' ||
    text === '<name omitted>' ||
    text.startsWith('<unknown in')
  )
}
