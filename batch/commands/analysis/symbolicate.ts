// `mayday symbolicate`: answers a request of the symbolication API, as the edge does, or adds functions to pasted text.
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import type { Command } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import { linesOfIps } from '../../../shared/pasted-stack/ips.ts'
import { answerPieces } from '../../../shared/symbolicate/answer.ts'
import {
  type ApiVersion,
  type Job,
  type ModuleName,
  parseRequest,
} from '../../../shared/symbolicate/request.ts'
import { keyOf, type ModuleResult, symbolicate } from '../../../shared/symbolicate/symbolicate.ts'
import { addSymbolOptions, type SymbolFlags, symbolCacheFolder } from '../../cli/symbol-options.ts'
import { visible, writeOut } from '../../cli/output.ts'
import { withProgress } from '../../cli/progress.ts'
import { readConfig } from '../../config.ts'
import { parseGivenIds, symbolicatePasted } from '../../stackwalk/pasted.ts'
import { checkPlaces, openSymbolSources } from '../../symbols/symbol-sources.ts'

interface Flags extends SymbolFlags {
  v4?: true
  id?: string[]
}

export function build(command: Command): void {
  addSymbolOptions(
    command.argument('[input]', 'a file with the request or the text; without it, standard input'),
  )
    .option('--v4', 'read and print version 4 of the API')
    .option(
      '--id <module=ID...>',
      'debug IDs of modules whose IDs the text does not state: app=<ID>, or app.exe=app.pdb/<ID>',
    )
    .addHelpText(
      'after',
      `
The input is JSON as for POST /symbols/symbolicate/v5 (docs/symbolication.md), without limits on its size:
  {"memoryMap": [["app", "<debug ID>"]], "stacks": [[[0, 4660]]]}
Or it is text with a stack, as the page /symbolicate/ of the dashboard takes it: a crash report of macOS or Android, a
log of Chromium or Electron, lines like "app + 0x1234". It is printed with functions and lines below each frame.

Examples:
  mayday symbolicate --symbols ./symbols < stacks.json
  mayday symbolicate stacks.json --symbols https://symbols.mozilla.org/try ./symbols
  mayday symbolicate crash.txt --symbols ./symbols --id app=D48F191186D67E69DF025AD71FB91E1F0`,
    )
    .action(run)
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  const places = flags.symbols ?? []
  checkPlaces(places)
  if (places.length === 0) throw new CrashError('bad-usage', 'Name places of symbol files with --symbols')
  const version: ApiVersion = flags.v4 ? 4 : 5
  const ids = parseGivenIds(flags.id ?? [])
  const input = await readInput(path)
  const lookUp = lookUpIn(places, flags)
  const text = new TextDecoder().decode(input)
  if (isRequest(text)) {
    if (ids.size > 0) throw new CrashError('bad-usage', '--id is for text: a request states all debug IDs')
    const symbolicated = await lookUp(parseRequest(input, version, 'unlimited'))
    for (const piece of answerPieces(symbolicated, version, { maxLength: Number.POSITIVE_INFINITY }))
      await writeOut(piece)
    return writeOut('\n')
  }
  if (version === 4) throw new CrashError('bad-usage', '--v4 is for requests, and the input is text')
  const { lines, notes } = await symbolicatePasted(text, ids, lookUp)
  for (const note of notes) process.stderr.write(visible(`mayday: ${note}\n`))
  await writeOut(visible(lines))
}

/** Apple's crash reports are JSON too. */
const isRequest = (text: string) => text.trimStart().startsWith('{') && linesOfIps(text) === null

function lookUpIn(places: readonly string[], flags: Flags) {
  const { cacheDir, symbolFetchBytes: fetchBytes } = readConfig()
  const source = openSymbolSources(places, { cacheFolder: symbolCacheFolder(flags, cacheDir), fetchBytes })
  return (jobs: Job[]) => {
    const modules = new Set(jobs.flatMap(({ memoryMap }) => memoryMap.map(keyOf)))
    return withProgress(['symbolicate', modules.size, 'modules'], ({ tick }) =>
      symbolicate(jobs, {
        source,
        onModule(module, result) {
          tick()
          warn(module, result)
        },
      }),
    )
  }
}

async function readInput(path: string | undefined): Promise<Uint8Array> {
  if (path === undefined) {
    if (process.stdin.isTTY)
      throw new CrashError(
        'bad-usage',
        'Pass a request or text on standard input: mayday symbolicate < stacks.json',
      )
    return buffer(process.stdin)
  }
  try {
    return await readFile(path)
  } catch (cause) {
    throw new CrashError('missing', `${path} cannot be read (${(cause as Error).message})`, { cause })
  }
}

/** Missing symbols are only in the answer: most requests have modules of the system. */
function warn(module: ModuleName, { error, cause }: ModuleResult): void {
  if (!error || error.name === 'Missing') return
  const reason = cause instanceof Error ? cause.message : error.message
  process.stderr.write(visible(`mayday: ${keyOf(module)}: ${reason}\n`))
}
