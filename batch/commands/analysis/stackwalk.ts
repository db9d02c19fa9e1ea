// `mayday stackwalk`: walks minidumps and prints each as a JSON line or as human-readable text.
import { statSync } from 'node:fs'
import type { Command } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import { defaultMaxFrames } from '../../../shared/stackwalk/walked-dump.ts'
import { isSymbolFile } from '../../../shared/symbols/sources/folder.node.ts'
import type { Bytes } from '../../../shared/units.ts'
import { readConfig } from '../../config.ts'
import { visible, writeOut } from '../../cli/output.ts'
import { addSymbolOptions, type SymbolFlags, symbolCacheFolder } from '../../cli/symbol-options.ts'
import type { StackwalkSettings } from '../../stackwalk/file.ts'
import { checkPlaces } from '../../symbols/symbol-sources.ts'
import { walkFiles } from '../../stackwalk/files.ts'

interface Flags extends SymbolFlags {
  json?: boolean
  human?: boolean
  brief?: boolean
  pretty?: boolean
  maxFrames: string
}

export function build(command: Command): void {
  addSymbolOptions(command.argument('[dumps...]', 'minidumps, optionally gzipped'))
    .option('--json', 'one line of JSON per dump, in the order of the dumps (the default)')
    .option('--human', 'human-readable text, all threads')
    .option('--brief', 'human-readable text, crashing thread only')
    .option('--pretty', 'indent the JSON')
    .option('--max-frames <n>', 'maximum number of frames per thread', String(defaultMaxFrames))
    .addHelpText('after', '\nExample:\n  mayday stackwalk crash.dmp --symbols ./symbols --human\n')
    .action(run)
}

/** For symbols in memory, all threads together. */
const memoryBytes: Bytes = 512 * 1024 * 1024

async function run(paths: string[], flags: Flags): Promise<void> {
  const maxFrames = Number(flags.maxFrames)
  if (!Number.isInteger(maxFrames) || maxFrames < 1) {
    throw new CrashError('bad-usage', `--max-frames must be a whole number from 1, not ${flags.maxFrames}`)
  }
  const { places, dumps } = sortOut(flags.symbols ?? [], paths)
  const { cacheDir, workers, symbolFetchBytes } = readConfig()
  const settings: StackwalkSettings = {
    symbols: places,
    cacheFolder: symbolCacheFolder(flags, cacheDir),
    memoryBytes,
    fetchBytes: symbolFetchBytes,
    format: flags.brief ? 'brief' : flags.human ? 'human' : flags.pretty ? 'pretty' : 'json',
    maxFrames,
  }
  const isJson = settings.format === 'json' || settings.format === 'pretty'
  for await (const walked of walkFiles(dumps, settings, { threads: workers })) {
    const remarks = 'text' in walked ? walked.notes : [walked.failure]
    for (const remark of remarks) process.stderr.write(visible(`mayday: ${walked.path}: ${remark}\n`))
    if ('text' in walked) await writeOut(isJson ? walked.text : visible(walked.text))
    else process.exitCode = 1
  }
}

/** `--symbols` takes all following arguments: files among them other than symbol files are dumps. */
function sortOut(given: string[], paths: string[]): { places: string[]; dumps: string[] } {
  const places: string[] = []
  const dumps = [...paths]
  for (const place of given) {
    if (!isSymbolFile(place) && statSync(place, { throwIfNoEntry: false })?.isFile()) dumps.push(place)
    else places.push(place)
  }
  checkPlaces(places)
  if (dumps.length === 0) throw new CrashError('bad-usage', 'Name at least one minidump')
  return { places, dumps }
}
