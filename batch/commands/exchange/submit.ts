// `mayday submit`: sends minidumps with annotations to an edge, as a crash client does.
import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { pMapIterable } from 'p-map'
import { CrashError, isCrashError } from '../../../shared/errors.ts'
import { readConfig } from '../../config.ts'
import { startProgress } from '../../cli/progress.ts'
import { type SendResult, sendReport } from '../../exchange/sender.ts'
import { type ClientKind, clientKinds, encodeSubmission } from '../../exchange/client-requests.ts'
import { readDumpFile } from '../../stackwalk/dump-file.ts'
import { present } from '../../../shared/present.ts'

interface Options {
  annotation?: Record<string, string>
  annotations?: string
  url?: string
  client: ClientKind
  gzip?: true
  chunked?: true
  concurrency: number
  json?: true
}

export function build(command: Command): void {
  command
    .argument('<dump...>', 'minidumps, optionally gzipped')
    .option('-a, --annotation <KEY=VALUE>', 'annotation to send with every dump (repeatable)', collect)
    .option('--annotations <FILE>', 'JSON object of annotations; -a takes precedence')
    .option('--url <URL>', 'submission URL (default: the local edge, $PORT or 8787)')
    .addOption(new Option('--client <KIND>', 'client to imitate').choices(clientKinds).default('breakpad'))
    .option('--gzip', 'compress the body')
    .option('--chunked', 'send in chunks, without Content-Length')
    .option('--concurrency <N>', 'reports in flight at once, 1 to 256', parseConcurrency, 8)
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Prints the crash ID of each dump, in order. A dump that is refused or fails is reported on standard error and makes the
exit code 1; an unreachable edge is tried five times.

Examples:
  mayday submit crash.dmp -a ProductName=Editor -a Version=1.2
  mayday submit dumps/*.dmp.gz --annotations extra.json --client crashpad
  mayday submit crash.dmp -a prod=Editor -a ver=1.2 --url https://crashes.example.org/submit --json`,
    )
    .action(run)
}

async function run(files: string[], options: Options): Promise<void> {
  const annotations = {
    ...(options.annotations ? await readAnnotations(options.annotations) : {}),
    ...options.annotation,
  }
  if (!Object.keys(annotations).length)
    throw new CrashError('bad-usage', 'A report needs an annotation: add -a ProductName=NAME')
  const url = options.url ?? `http://127.0.0.1:${readConfig().port}/submit`
  if (!URL.canParse(url)) throw new CrashError('bad-usage', `Not a URL: ${url}`)
  using progress = startProgress('Submitting', files.length, 'reports')
  const submitOne = async (file: string) => {
    const result = await submitFile(url, file, annotations, options)
    progress.tick()
    return { file, result }
  }
  const results = pMapIterable(files, submitOne, { concurrency: options.concurrency })
  for await (const { file, result } of results) print(file, result, options)
}

async function submitFile(
  url: string,
  file: string,
  annotations: Record<string, unknown>,
  options: Options,
): Promise<SendResult> {
  const { client, gzip, chunked } = options
  try {
    const dump = await readDumpFile(file)
    return await sendReport(
      url,
      encodeSubmission({ client, annotations, dump, ...present({ gzip, chunked }) }),
    )
  } catch (error) {
    // The other dumps are still sent.
    if (isCrashError(error)) return { kind: 'failed', reason: error.message }
    throw error
  }
}

function print(file: string, result: SendResult, { json }: Options): void {
  if (result.kind !== 'accepted') process.exitCode = 1
  if (json) process.stdout.write(`${JSON.stringify({ file, ...result })}\n`)
  else if (result.kind === 'accepted') process.stdout.write(`bp-${result.crashId}\n`)
  else process.stderr.write(`mayday: ${file}: ${result.kind}: ${result.reason}\n`)
}

async function readAnnotations(file: string): Promise<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new CrashError('bad-json', `Cannot read annotations from ${file}: ${(error as Error).message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CrashError('bad-json', `${file} must contain one JSON object of annotations`)
  return value as Record<string, unknown>
}

function collect(pair: string, previous: Record<string, string> = {}): Record<string, string> {
  const at = pair.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write it as KEY=VALUE.')
  return { ...previous, [pair.slice(0, at)]: pair.slice(at + 1) }
}

function parseConcurrency(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 256) throw new InvalidArgumentError('Give 1 to 256.')
  return value
}
