// A pasted stack with symbols: the request for the symbolication API, and its answer beside the lines.

import type { AnswerFrame, JobResult } from '../symbolicate/answer.ts'
import { shortSource, tidyFunction } from '../symbolicate/frame-names.ts'
import { isValidModule, type Job } from '../symbolicate/request.ts'
import type { PastedStack } from './model.ts'

/** The symbols to use for a module; empty texts where nothing was chosen. */
export interface ChosenSymbols {
  debugFile: string
  debugId: string
}

/** What the text states. */
export const chosenByText = ({ modules }: PastedStack): ChosenSymbols[] =>
  modules.map(({ debugFile, debugId }) => ({ debugFile, debugId: debugId ?? '' }))

/** An ID as people paste it: with hyphens or braces, of 32 digits without an age. */
export function cleanDebugId(text: string): string {
  const digits = text.replace(/[\s{}-]/g, '').toUpperCase()
  return /^[0-9A-F]{32}$/.test(digits) ? `${digits}0` : digits
}

/** False for a name that the API refuses; some helper programs of macOS have one. */
const isUsable = ({ debugFile, debugId }: ChosenSymbols) =>
  debugId !== '' && isValidModule(debugFile, debugId)

/** One job with all frames. Those of modules without an ID are not looked up. */
export function requestFor({ frames }: PastedStack, chosen: readonly ChosenSymbols[]): Job {
  return {
    memoryMap: chosen.map((module) => (isUsable(module) ? [module.debugFile, module.debugId] : ['', ''])),
    stacks: [frames.map(({ module, lookup }) => [module, lookup])],
  }
}

/** A function at a frame. */
export interface NamedFunction {
  name: string
  file: string | null
  line: number | null
  /** `file:line`, shortened; null without a file. */
  source: string | null
  isInlined: boolean
}

export interface LineView {
  text: string
  /** The innermost first; empty for a line without a frame or without symbols. */
  functions: NamedFunction[]
  isFrame: boolean
}

/** Every line, with the functions of its frame. `result` is null before the answer. */
export function viewOf({ lines, frames }: PastedStack, result: JobResult | null): LineView[] {
  const views = lines.map((text): LineView => ({ text, functions: [], isFrame: false }))
  for (const [i, { line }] of frames.entries()) {
    const view = views[line]!
    view.isFrame = true
    const answer = result?.stacks[0]?.[i]
    if (answer) view.functions = functionsOf(answer)
  }
  return views
}

function functionsOf(frame: AnswerFrame): NamedFunction[] {
  if (frame.function === undefined) return []
  const inlined = (frame.inlines ?? []).map((inline) => named(inline, true))
  return [...inlined, named({ ...frame, function: frame.function }, false)]
}

function named(
  { function: name, file, line }: { function: string; file?: string; line?: number },
  isInlined: boolean,
): NamedFunction {
  const source = file === undefined ? null : shortSource(file, line ?? null)
  return { name: tidyFunction(name), file: file ?? null, line: line ?? null, source, isInlined }
}

/** The lines as text, for pasting into a bug. */
export const symbolicatedText = (views: readonly LineView[]): string =>
  views
    .flatMap(({ text, functions }) => [
      text,
      ...functions.map(
        ({ name, source, isInlined }) =>
          `      ${name}${source === null ? '' : `  ${source}`}${isInlined ? '  (inlined)' : ''}`,
      ),
    ])
    .join('\n')

/** Why symbols are missing, per module; null for a module with symbols or without frames. */
export function problemsOf(chosen: readonly ChosenSymbols[], result: JobResult | null): (string | null)[] {
  const errors = new Map(Object.entries(result?.module_errors ?? {}))
  return chosen.map((module) => {
    if (module.debugId !== '' && !isUsable(module))
      return 'The API does not allow characters of its name or ID'
    return errors.get(`${module.debugFile}/${module.debugId}`)?.[0]?.message ?? null
  })
}
