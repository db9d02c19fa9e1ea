// The view model of the report page.

import type { PartialCrash } from '../../../shared/crash.ts'
import type {
  StoredCrashInfo,
  StoredFrame,
  StoredModule,
  StoredThread,
  StoredUnloadedModule,
} from '../../../shared/fields/stackwalk.ts'
import { present } from '../../../shared/present.ts'
import { type AnnotationRow, annotationRows } from './crashpad-annotations.ts'

/** A row of a stack. Inlined functions have rows of their own, with `trust` `inlined`. */
export type FrameView = StoredFrame & { frame: number }

export interface ThreadView extends Omit<StoredThread, 'frames' | 'frame_count'> {
  index: number
  frames: FrameView[]
  /** Frames of the stack before truncation. */
  frame_count: number
}

export interface ModuleView extends StoredModule {
  filename: string
  symbols: 'loaded' | 'missing' | 'corrupt' | 'not needed'
  inStack: boolean
}

export interface CrashView {
  crashingThread: ThreadView | null
  otherThreads: ThreadView[]
  modules: ModuleView[]
  unloaded: readonly StoredUnloadedModule[]
  annotations: AnnotationRow[]
  /** Why the shown address differs from the faulting one; null if it does not. */
  addressNote: string | null
  instruction: string | null
}

export function viewCrash(crash: PartialCrash): CrashView {
  const dump = crash.json_dump ?? {}
  const info = dump.crash_info ?? {}
  const threads = (dump.threads ?? []).map(threadOf)
  const index = info.crashing_thread ?? crash.crashing_thread
  const copy = dump.crashing_thread
  const crashing = copy?.frames?.length
    ? threadOf(copy, copy.threads_index ?? index ?? 0)
    : (threads.find((thread) => thread.index === index) ?? null)
  const used = new Set(crashing?.frames.map((frame) => frame.module))
  return {
    crashingThread: crashing,
    otherThreads: threads.filter((thread) => thread.index !== crashing?.index),
    modules: (dump.modules ?? []).map((module) => ({
      ...module,
      filename: module.filename ?? '',
      symbols: symbolsOf(module),
      inStack: used.has(module.filename),
    })),
    unloaded: dump.unloaded_modules ?? [],
    annotations: annotationRows(dump.crashpad_info),
    addressNote: addressNoteOf(info.adjusted_address ?? {}),
    instruction: info.instruction || null,
  }
}

function threadOf(thread: StoredThread, index: number): ThreadView {
  const frames = thread.frames ?? []
  return {
    ...thread,
    index,
    frames: frames.flatMap(rowsOfFrame),
    frame_count: thread.frame_count ?? frames.length,
  }
}

/** A frame, preceded by the functions inlined into it: one row each, innermost first, with the frame's number. */
function rowsOfFrame(stored: StoredFrame, place: number): FrameView[] {
  const frame = { ...stored, frame: stored.frame ?? place }
  const { demangled: _, ...outer } = frame
  const inlined = (frame.inlines ?? []).map((inline) => ({
    ...outer,
    ...present({ demangled: inline.demangled }),
    function: inline.function ?? null,
    file: inline.file ?? null,
    line: inline.line ?? null,
    trust: 'inlined',
  }))
  return [...inlined, frame]
}

function symbolsOf(module: StoredModule): ModuleView['symbols'] {
  if (module.corrupt_symbols) return 'corrupt'
  if (module.loaded_symbols) return 'loaded'
  return module.missing_symbols ? 'missing' : 'not needed'
}

function addressNoteOf({ address, kind, offset }: NonNullable<StoredCrashInfo['adjusted_address']>) {
  if (kind === 'null-pointer')
    return `near a null pointer, offset ${offset?.replace(/^0x0+(?=.)/, '0x') || 'unknown'}`
  if (kind === 'non-canonical') return `non-canonical address; probable address ${address || 'unknown'}`
  return null
}
