// Answers of the symbolication API as JSON text in pieces, so that a large answer is never in memory as a whole.
import { present } from '../present.ts'
import type { InlineFrame, NearSymbolInfo } from '../symbols/symdex/symbol-page.ts'
import type { Bytes } from '../units.ts'
import { type ApiVersion, type Job, type RequestFrame, refuse } from './request.ts'
import { cleanSourcePath } from './source-path.ts'
import { keyOf, type ModuleError, moduleOf, offsetOf, type Symbolicated } from './symbolicate.ts'

/** A frame of version 5 without its number. Absent values are omitted: clients refuse null. */
export interface AnswerFrame {
  module: string
  /** Hexadecimal, `-0x1` for -1. */
  module_offset: string
  function?: string
  /** Hexadecimal, from the start of the outer function. */
  function_offset?: string
  /** Hexadecimal; absent for a PUBLIC, whose end is unknown. */
  function_size?: string
  file?: string
  /** Only with a file. */
  line?: number
  /** The innermost first. */
  inlines?: { function: string; file?: string; line?: number }[]
}

/** The result of one job in version 5. */
export interface JobResult {
  stacks: ({ frame: number } & AnswerFrame)[][]
  /** Null for modules that no frame of the request refers to. */
  found_modules: Record<string, boolean | null>
  module_errors?: Record<string, ModuleError[]>
}

export interface AnswerV5 {
  results: JobResult[]
  debug?: object
}

/** A frame with many inlined functions may be asked for many times. */
export const maxAnswerLength: Bytes = 32 * 1024 * 1024
const usualPiece = 64 * 1024

/**
 * The answer in pieces. `debug` is added to version 5.
 * @throws CrashError 'bad-usage' before the first piece when the answer would be longer than `maxLength`
 */
export function answerPieces(
  symbolicated: Symbolicated,
  version: ApiVersion,
  { debug, maxLength = maxAnswerLength }: { debug?: object | undefined; maxLength?: number } = {},
): Iterable<string> {
  const frames = frameTexts(symbolicated, version)
  let length = 0
  for (const job of symbolicated.jobs)
    for (const frame of job.stacks.flat()) length += frames.of(job, frame).length + frameNumberLength
  if (length > maxLength)
    throw refuse(`please request fewer frames: the answer would have more than ${maxLength} bytes`)
  return inPieces(version === 4 ? answerV4(symbolicated, frames) : answerV5(symbolicated, frames, debug))
}

/** Joins short texts. */
function* inPieces(texts: Iterable<string>): Generator<string> {
  let piece = ''
  for (const text of texts) {
    piece += text
    if (piece.length < usualPiece) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

const frameNumberLength = '{"frame":12345,'.length

/** The JSON of frames; a frame that occurs several times has one text. In version 5 its number and `{` precede it. */
interface FrameTexts {
  of(job: Job, frame: RequestFrame): string
}

function frameTexts({ modules }: Symbolicated, version: ApiVersion): FrameTexts {
  const known = new Map<string, Map<number | bigint, string>>()
  return {
    of(job, frame) {
      const module = moduleOf(job, frame)
      const offset = offsetOf(frame)
      const key = module ? keyOf(module) : ''
      const texts = known.get(key) ?? new Map<number | bigint, string>()
      known.set(key, texts)
      const before = texts.get(offset)
      if (before !== undefined) return before
      const result = modules.get(key)
      const symbol = result?.symbols.get(Number(offset)) ?? null
      const made = frameOf(result?.name ?? (module?.[0] || '<unknown>'), offset, symbol)
      const text =
        version === 4
          ? JSON.stringify(`${made.function ?? made.module_offset} (in ${made.module})`)
          : JSON.stringify(made).slice(1)
      texts.set(offset, text)
      return text
    },
  }
}

const hex = (value: number | bigint) =>
  value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`

function frameOf(module: string, offset: number | bigint, symbol: NearSymbolInfo | null): AnswerFrame {
  const frame: AnswerFrame = { module, module_offset: hex(offset) }
  if (!symbol) return frame
  const { base, size, inlines } = symbol
  return {
    ...frame,
    function: nameOf(symbol),
    function_offset: hex(Number(offset) - base),
    ...present({ function_size: size === null ? null : hex(size) }),
    ...placeOf(symbol),
    ...present({ inlines: inlines.length > 0 ? inlines.map(inlineOf) : null }),
  }
}

const inlineOf = (inline: InlineFrame) => ({ function: nameOf(inline), ...placeOf(inline) })

/** Symbolic's name for a record without one. */
const nameOf = ({ function: name }: { function: string }) => name || '<unknown>'

/** A line means nothing without a file. */
function placeOf({ file, line }: { file: string | null; line: number | null }) {
  const path = file ? cleanSourcePath(file) : ''
  return path === '' ? {} : { file: path, ...present({ line: line || null }) }
}

function* answerV5(symbolicated: Symbolicated, frames: FrameTexts, debug?: object): Generator<string> {
  yield '{"results":['
  for (const [i, job] of symbolicated.jobs.entries()) {
    yield i > 0 ? ',{"stacks":[' : '{"stacks":['
    for (const [n, stack] of job.stacks.entries()) {
      yield n > 0 ? ',[' : '['
      for (const [m, frame] of stack.entries())
        yield `${m > 0 ? ',' : ''}{"frame":${m},${frames.of(job, frame)}`
      yield ']'
    }
    yield `],${JSON.stringify(modulesOf(job, symbolicated)).slice(1)}`
  }
  yield debug ? `],"debug":${JSON.stringify(debug)}}` : ']}'
}

function modulesOf({ memoryMap }: Job, { modules }: Symbolicated) {
  const keys = new Set(memoryMap.map(keyOf))
  const found = [...keys].map((key) => [key, modules.get(key)?.found ?? null])
  const errors = [...keys].flatMap((key) => {
    const error = modules.get(key)?.error
    return error ? [[key, [error]]] : []
  })
  return {
    found_modules: Object.fromEntries(found),
    ...present({ module_errors: errors.length > 0 ? Object.fromEntries(errors) : null }),
  }
}

function* answerV4({ jobs, modules }: Symbolicated, frames: FrameTexts): Generator<string> {
  const job = jobs[0]!
  yield '{"symbolicatedStacks":['
  for (const [n, stack] of job.stacks.entries()) {
    yield n > 0 ? ',[' : '['
    for (const [m, frame] of stack.entries()) yield `${m > 0 ? ',' : ''}${frames.of(job, frame)}`
    yield ']'
  }
  const known = job.memoryMap.map((module) => modules.get(keyOf(module))?.found ?? null)
  yield `],"knownModules":${JSON.stringify(known)}}`
}
