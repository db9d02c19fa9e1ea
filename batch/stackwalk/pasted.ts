// Pasted text with functions: the lines, and below each frame what symbols state about it.
import { CrashError } from '../../shared/errors.ts'
import type { PastedStack } from '../../shared/pasted-stack/model.ts'
import { parsePastedStack } from '../../shared/pasted-stack/pasted-stack.ts'
import {
  type ChosenSymbols,
  chosenByText,
  cleanDebugId,
  requestFor,
  symbolicatedText,
  viewOf,
} from '../../shared/pasted-stack/symbolicated.ts'
import { type AnswerV5, answerPieces } from '../../shared/symbolicate/answer.ts'
import type { Job } from '../../shared/symbolicate/request.ts'
import type { Symbolicated } from '../../shared/symbolicate/symbolicate.ts'

/** Symbols by the name of a module in the text. */
export type GivenIds = ReadonlyMap<string, ChosenSymbols>

/** @param texts `module=ID` or `module=debug file/ID` @throws CrashError 'bad-usage' */
export function parseGivenIds(texts: readonly string[]): GivenIds {
  return new Map(
    texts.map((text) => {
      const [, name, debugFile, id] = /^([^=]+)=(?:(.+)\/)?([^/]+)$/.exec(text) ?? []
      const debugId = cleanDebugId(id ?? '')
      if (name === undefined || !/^[0-9A-F]+$/.test(debugId))
        throw new CrashError('bad-usage', `--id ${text}: must have the form <module>=<debug ID>`)
      return [name, { debugFile: debugFile ?? name, debugId }]
    }),
  )
}

/**
 * The text with functions, ending with a newline; and notes about what is missing.
 * @throws CrashError 'bad-usage' for text without a frame; errors of `lookUp`
 */
export async function symbolicatePasted(
  text: string,
  ids: GivenIds,
  lookUp: (jobs: Job[]) => Promise<Symbolicated>,
): Promise<{ lines: string; notes: string[] }> {
  const stack = parsePastedStack(text)
  if (stack.frames.length === 0)
    throw new CrashError('bad-usage', 'The input is not a request, and none of its lines shows a frame')
  const chosen = chosenByText(stack).map((symbols, i) => ids.get(stack.modules[i]!.name) ?? symbols)
  const symbolicated = await lookUp([requestFor(stack, chosen)])
  const json = [...answerPieces(symbolicated, 5, { maxLength: Number.POSITIVE_INFINITY })].join('')
  const { results } = JSON.parse(json) as AnswerV5
  return {
    lines: `${symbolicatedText(viewOf(stack, results[0]!)).trimEnd()}\n`,
    notes: notesOn(stack, chosen),
  }
}

function notesOn(stack: PastedStack, chosen: readonly ChosenSymbols[]): string[] {
  const unknown = stack.modules.filter((_, i) => chosen[i]!.debugId === '').map(({ name }) => name)
  return [
    ...(stack.truncated ? ['the text is long: its last lines or frames were not read'] : []),
    ...unknown.map((name) => `${name}: the text does not state its debug ID: pass --id '${name}=<debug ID>'`),
  ]
}
