// `mayday stackwalk`: minidumps in, walked stacks out, one document a line or text for people.
import { readFile, stat } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import type { Command } from 'commander'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { readMinidump } from '../../shared/minidump/minidump.ts'
import { humanReport } from '../../shared/stackwalk/human-report.ts'
import { toJson } from '../../shared/stackwalk/output.ts'
import { outputOf } from '../../shared/stackwalk/report.ts'
import { defaultMaxFrames, walkDumpThreads } from '../../shared/stackwalk/walked-dump.ts'
import { isGzip } from '../../shared/symbols/gunzip.ts'
import type { SymbolSource } from '../../shared/symbols/symbol-source.ts'
import { openSymbolSources } from '../symbol-sources.ts'

interface Flags {
  symbols?: string[]
  symbolCache?: string
  json?: boolean
  human?: boolean
  brief?: boolean
  pretty?: boolean
  maxFrames: string
}

export function build(command: Command): void {
  command
    .argument('[dumps...]', 'minidumps, gzip or not')
    .option('--symbols <where...>', 'folders or URLs with symbol files, asked in this order')
    .option('--symbol-cache <folder>', 'keep indexes of symbol files here, for the next run')
    .option('--json', 'one JSON document a line, in the order of the dumps (the default)')
    .option('--human', 'text for people, all threads')
    .option('--brief', 'text for people, the crashing thread only')
    .option('--pretty', 'indent the JSON')
    .option('--max-frames <n>', 'end a thread after this many frames', String(defaultMaxFrames))
    .addHelpText('after', '\nExample:\n  mayday stackwalk crash.dmp --symbols ./symbols --human\n')
    .action(run)
}

async function run(paths: string[], flags: Flags): Promise<void> {
  const maxFrames = Number(flags.maxFrames)
  if (!Number.isInteger(maxFrames) || maxFrames < 1) {
    throw new CrashError('bad-usage', `--max-frames must be a whole number from 1, not ${flags.maxFrames}`)
  }
  const { places, dumps } = await sortOut(flags.symbols ?? [], paths)
  const symbols = openSymbolSources(places, { cacheFolder: flags.symbolCache ?? null })
  for (const path of dumps) {
    try {
      await write(await walkFile(path, { ...flags, maxFrames, symbols }))
    } catch (error) {
      if (!isCrashError(error)) throw error
      process.stderr.write(`mayday: ${path}: ${error.message}\n`)
      process.exitCode = 1
    }
  }
}

/** `--symbols` takes all that follows: files among it are dumps. */
async function sortOut(given: string[], paths: string[]): Promise<{ places: string[]; dumps: string[] }> {
  const places: string[] = []
  const dumps = [...paths]
  for (const place of given) {
    const info = /^https?:\/\//.test(place) ? 'url' : await stat(place).catch(() => null)
    if (info === null) throw new CrashError('bad-usage', `--symbols ${place}: there is no such folder`)
    if (info === 'url' || info.isDirectory()) places.push(place)
    else dumps.push(place)
  }
  if (dumps.length === 0) throw new CrashError('bad-usage', 'Name at least one minidump')
  return { places, dumps }
}

type Walk = Omit<Flags, 'symbols' | 'symbolCache' | 'maxFrames'> & {
  symbols: SymbolSource
  maxFrames: number
}

async function walkFile(path: string, options: Walk): Promise<string> {
  const { human, brief, pretty } = options
  const walked = await walkDumpThreads(readMinidump(await readDump(path)), options)
  if (human || brief) return humanReport(walked, { brief: Boolean(brief) })
  return `${toJson(outputOf(walked), { pretty: Boolean(pretty) })}\n`
}

/** Larger dumps do not fit one buffer. */
const maxDumpBytes = 2 ** 31

async function readDump(path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path)
    return isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: maxDumpBytes }) : bytes
  } catch (error) {
    throw new CrashError('missing', `the dump cannot be read (${(error as Error).message})`, { cause: error })
  }
}

/** Waits when the reader of our output is slower than we are. */
function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
