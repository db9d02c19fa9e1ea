// The view model of the report page, parsed from untrusted JSON.
import type { FrameText } from './frame-text.ts'

type Json = Record<string, unknown>

export interface FrameView extends FrameText {
  number: number
  /** `context`, `cfi`, `frame_pointer`, `scan`, …; `inlined` for a function inlined into its caller. */
  trust: string
  missingSymbols: boolean
  /** Set for the row that represents omitted frames. */
  truncated: string | null
}

export interface ThreadView {
  index: number
  id: number | null
  name: string | null
  frames: FrameView[]
  /** Frames of the stack before truncation. */
  frameCount: number
}

export interface ModuleView {
  filename: string
  version: string | null
  debugFile: string | null
  debugId: string | null
  codeId: string | null
  base: string | null
  signedBy: string | null
  symbols: 'loaded' | 'missing' | 'corrupt' | 'not needed'
  symbolUrl: string | null
  inStack: boolean
}

export interface CrashView {
  crashingThread: ThreadView | null
  otherThreads: ThreadView[]
  modules: ModuleView[]
  unloaded: { filename: string; codeId: string | null; base: string | null; signedBy: string | null }[]
  /** Why the shown address differs from the faulting one; null if it does not. */
  addressNote: string | null
  instruction: string | null
}

export const asText = (value: unknown): string | null =>
  typeof value === 'string' ? value || null : typeof value === 'number' ? String(value) : null
export const asNumber = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null
const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** The steps that produced the signature, in order. Never throws. */
export const asSteps = (value: unknown): string[] =>
  asList(value).flatMap((step) => asText(asObject(step).what) ?? [])

/** Reads `json_dump` (the output of a stack walk) and related fields. Never throws. */
export function viewCrash(crash: Json): CrashView {
  const dump = asObject(crash.json_dump)
  const info = asObject(dump.crash_info)
  const threads = asList(dump.threads).map(threadOf)
  const index = asNumber(info.crashing_thread) ?? asNumber(crash.crashing_thread)
  const copy = asObject(dump.crashing_thread)
  const crashing = asList(copy.frames).length
    ? threadOf(copy, asNumber(copy.threads_index) ?? index ?? 0)
    : (threads.find((thread) => thread.index === index) ?? null)
  const used = new Set(crashing?.frames.map((frame) => frame.module))
  return {
    crashingThread: crashing,
    otherThreads: threads.filter((thread) => thread.index !== crashing?.index),
    modules: asList(dump.modules).map((module) => moduleOf(asObject(module), used)),
    unloaded: asList(dump.unloaded_modules).map((module) => unloadedOf(asObject(module))),
    addressNote: addressNoteOf(asObject(info.adjusted_address)),
    instruction: asText(info.instruction),
  }
}

function threadOf(value: unknown, index: number): ThreadView {
  const thread = asObject(value)
  const frames = asList(thread.frames)
  return {
    index,
    id: asNumber(thread.thread_id),
    name: asText(thread.thread_name),
    frames: frames.flatMap((frame, number) => framesOf(asObject(frame), number)),
    frameCount: asNumber(thread.frame_count) ?? frames.length,
  }
}

/** A frame, preceded by the functions inlined into it: one row each, innermost first, with the frame's number. */
function framesOf(frame: Json, position: number): FrameView[] {
  const number = asNumber(frame.frame) ?? position
  const truncated = asText(asObject(frame.truncated).msg)
  const own: FrameView = {
    number,
    function: asText(frame.function),
    module: asText(frame.module),
    moduleOffset: asText(frame.module_offset),
    offset: asText(frame.offset),
    file: asText(frame.file),
    line: asNumber(frame.line),
    unloaded: asList(frame.unloaded_modules).map((module) => ({
      module: asText(asObject(module).module) ?? '',
      offsets: asList(asObject(module).offsets).flatMap((offset) => asText(offset) ?? []),
    })),
    trust: asText(frame.trust) ?? '',
    missingSymbols: frame.missing_symbols === true,
    truncated,
  }
  const inlines = asList(frame.inlines).map(asObject)
  return [
    ...inlines.map((inline) => ({
      ...own,
      function: asText(inline.function),
      file: asText(inline.file),
      line: asNumber(inline.line),
      trust: 'inlined',
    })),
    own,
  ]
}

function moduleOf(module: Json, used: ReadonlySet<string | null>): ModuleView {
  const filename = asText(module.filename) ?? ''
  return {
    filename,
    version: asText(module.version),
    debugFile: asText(module.debug_file),
    debugId: asText(module.debug_id),
    codeId: asText(module.code_id),
    base: asText(module.base_addr),
    signedBy: asText(module.cert_subject),
    symbols: symbolsOf(module),
    symbolUrl: asText(module.symbol_url),
    inStack: used.has(filename),
  }
}

function symbolsOf(module: Json): ModuleView['symbols'] {
  if (module.corrupt_symbols === true) return 'corrupt'
  if (module.loaded_symbols === true) return 'loaded'
  return module.missing_symbols === true ? 'missing' : 'not needed'
}

const unloadedOf = (module: Json) => ({
  filename: asText(module.filename) ?? '',
  codeId: asText(module.code_id),
  base: asText(module.base_addr),
  signedBy: asText(module.cert_subject),
})

function addressNoteOf(adjusted: Json): string | null {
  if (adjusted.kind === 'null-pointer')
    return `near a null pointer, offset ${asText(adjusted.offset) ?? 'unknown'}`
  if (adjusted.kind === 'non-canonical')
    return `non-canonical address; probable address ${asText(adjusted.address) ?? 'unknown'}`
  return null
}
