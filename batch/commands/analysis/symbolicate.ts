// `mayday symbolicate`: answers a request of the symbolication API on standard input, as the edge does.
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import type { Command } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import { answerPieces } from '../../../shared/symbolicate/answer.ts'
import { type ApiVersion, type ModuleName, parseRequest } from '../../../shared/symbolicate/request.ts'
import { keyOf, type ModuleResult, symbolicate } from '../../../shared/symbolicate/symbolicate.ts'
import { addSymbolOptions, type SymbolFlags, symbolCacheFolder } from '../../cli/symbol-options.ts'
import { visible, writeOut } from '../../cli/output.ts'
import { withProgress } from '../../cli/progress.ts'
import { readConfig } from '../../config.ts'
import { checkPlaces, openSymbolSources } from '../../symbols/symbol-sources.ts'

interface Flags extends SymbolFlags {
  v4?: true
}

export function build(command: Command): void {
  addSymbolOptions(command.argument('[request]', 'a file with the request; without it, standard input'))
    .option('--v4', 'read and print version 4 of the API')
    .addHelpText(
      'after',
      `
The request is JSON as for POST /symbols/symbolicate/v5 (docs/symbolication.md), without limits on its size:
  {"memoryMap": [["app", "<debug ID>"]], "stacks": [[[0, 4660]]]}

Examples:
  mayday symbolicate --symbols ./symbols < stacks.json
  mayday symbolicate stacks.json --symbols https://symbols.mozilla.org/try ./symbols`,
    )
    .action(run)
}

async function run(path: string | undefined, flags: Flags): Promise<void> {
  const places = flags.symbols ?? []
  checkPlaces(places)
  if (places.length === 0) throw new CrashError('bad-usage', 'Name places of symbol files with --symbols')
  const version: ApiVersion = flags.v4 ? 4 : 5
  const jobs = parseRequest(await readRequest(path), version, 'unlimited')
  const source = openSymbolSources(places, { cacheFolder: symbolCacheFolder(flags, readConfig().cacheDir) })
  const modules = new Set(jobs.flatMap(({ memoryMap }) => memoryMap.map(keyOf)))
  const symbolicated = await withProgress(['symbolicate', modules.size, 'modules'], ({ tick }) =>
    symbolicate(jobs, {
      source,
      onModule(module, result) {
        tick()
        warn(module, result)
      },
    }),
  )
  for (const piece of answerPieces(symbolicated, version, { maxLength: Number.POSITIVE_INFINITY }))
    await writeOut(piece)
  await writeOut('\n')
}

async function readRequest(path: string | undefined): Promise<Uint8Array> {
  if (path === undefined) {
    if (process.stdin.isTTY)
      throw new CrashError(
        'bad-usage',
        'Pass the request on standard input: mayday symbolicate < stacks.json',
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
