// `mayday signature`: generates signatures of crash data (JSON lines) or stored crashes, in the same order.
import type { Command } from 'commander'
import { isCrashId } from '../../../shared/crash-id.ts'
import { CrashError, isCrashError } from '../../../shared/errors.ts'
import { processedKey } from '../../../shared/keys.ts'
import { type CrashData, crashDataFrom, type Untrusted } from '../../../shared/signature/crash-data.ts'
import { presets } from '../../../shared/signature/default-lists.ts'
import { type Compat, compats } from '../../../shared/signature/lists.ts'
import { isFields } from '../../../shared/signature/python-compat/python.ts'
import { needsExactReader, readJson } from '../../../shared/signature/python-compat/json.ts'
import { generateSignature, type SignatureOptions } from '../../../shared/signature/signature.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { own } from '../../../shared/own.ts'
import { readConfig } from '../../config.ts'
import { inflateProcessedCrash } from '../../processing/processed-crash.ts'
import { writeOut } from '../../cli/output.ts'
import { compatOf, defaultProduct } from '../../products/product-file.ts'
import { findProducts } from '../../products/product-source.ts'
import { type SignatureFormat, signatureFormats } from '../../cli/signature-output.ts'
import { readListsOrFail } from '../../processing/signature-config.ts'
import { addProductsOption, addStoreOption, listsHelp, type StoreOptions } from '../../cli/options.ts'
import { openStore } from '../../lake/open-store.ts'

interface Flags extends StoreOptions {
  format: string
  lists?: string
  compat?: string
  preset?: string[]
  diff?: true
  verbose?: true
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .argument('[crash-ids...]', 'crashes of the store; without them, crash data is read from standard input')
    .option('--format <format>', Object.keys(signatureFormats).join(', '), 'text')
    .option('--lists <dir>', listsHelp)
    .option(
      '--compat <whose>',
      `generate signatures like: ${compats.join(', ')} (default: the product's setting for crashes of the store, else socorro, or mayday with --preset none)`,
    )
    .option(
      '--preset <names...>',
      "additional rules and lists: mozilla or none (default: the product's preset for crashes of the store, else mozilla)",
    )
    .option('--diff', 'only crashes whose signature differs from the stored or given one')
    .option('-v, --verbose', 'explain how each signature was generated')
    .addHelpText(
      'after',
      `
Each line of standard input is one JSON object: crash data, or a processed crash with json_dump.
Crashes of the store get the signature that mayday process would generate.

Examples:
  mayday signature --format json < cases.jsonl
  mayday signature 1b1a2d4e-39b5-8ee0-a2c7-2f2d00261021 --verbose
  mayday signature --lists ./my-lists --diff --format markdown < cases.jsonl
  mayday sql "select crash_id from crashes" --format csv | tail -n +2 | xargs mayday signature --diff`,
    )
    .action(run)
}

async function run(crashIds: string[], flags: Flags): Promise<void> {
  const format = own(signatureFormats, flags.format)
  if (!format) {
    throw new CrashError('bad-usage', `--format must be one of ${Object.keys(signatureFormats).join(', ')}`)
  }
  const output = createOutput()
  const optionsOf = readOptions(flags)
  await output.write(format.head)
  if (crashIds.length > 0) {
    const ids = crashIds.map(readCrashId)
    await using open = await openStore(flags)
    const { products } = await findProducts(open)
    const sign = createSigner(format, flags, ({ product: name }) => {
      const product = (typeof name === 'string' && products.get(name)) || defaultProduct
      return optionsOf(product.preset === 'mozilla' ? ['mozilla'] : [], compatOf(product))
    })
    for (const id of ids) await output.write(sign(id, await readProcessed(open.stores.crashes, id)))
  } else {
    const compat = flags.preset?.includes('none') ? 'mayday' : 'socorro'
    const sign = createSigner(format, flags, () => optionsOf(presets, compat))
    let number = 0
    for await (const line of linesOf(process.stdin)) {
      number++
      if (line !== '') await output.write(sign(`line ${number}`, readLine(line)))
    }
  }
  await output.flush()
}

/** The options of the flags, as a function of the default presets and compatibility. */
function readOptions(flags: Flags): (usual: readonly string[], compat: Compat) => SignatureOptions {
  if (flags.compat !== undefined && !(compats as readonly string[]).includes(flags.compat)) {
    throw new CrashError('bad-usage', `--compat must be one of ${compats.join(', ')}`)
  }
  const wanted = flags.preset?.filter((name) => name !== 'none')
  const unknown = wanted?.find((name) => !presets.includes(name))
  if (unknown)
    throw new CrashError('bad-usage', `unknown preset ${unknown}; use ${presets.join(', ')} or none`)
  const directory = flags.lists ?? readConfig().lists
  const made = new Map<string, SignatureOptions>()
  const make = (names: readonly string[], compat: Compat): SignatureOptions => ({
    compat,
    explain: flags.verbose ?? false,
    presets: names,
    ...(directory === null ? {} : { lists: readListsOrFail(directory, names) }),
  })
  if (directory !== null) readListsOrFail(directory)
  return (usual, usualCompat) => {
    const names = wanted ?? usual
    const compat = (flags.compat as Compat | undefined) ?? usualCompat
    const key = [compat, ...names].join()
    const options = made.get(key) ?? make(names, compat)
    made.set(key, options)
    return options
  }
}

/** A value, or why it could not be read. */
type Read = { value: unknown } | { problem: string }

/** Formats the signature of one crash; failures go to standard error and set exit code 1. */
function createSigner(
  format: SignatureFormat,
  flags: Flags,
  optionsFor: (fields: Record<string, unknown>) => SignatureOptions,
) {
  let first = true
  return (name: string, read: Read): string => {
    const problem = 'problem' in read ? read.problem : isFields(read.value) ? null : 'not a JSON object'
    if (problem !== null) {
      process.stderr.write(`mayday: ${name}: ${problem}\n`)
      process.exitCode = 1
      return format.failed(name, problem)
    }
    const fields = (read as { value: Record<string, unknown> }).value
    const data: Untrusted<CrashData> = 'json_dump' in fields ? crashDataFrom(fields) : fields
    const result = generateSignature(data, optionsFor(fields))
    const original = typeof data.original_signature === 'string' ? data.original_signature : ''
    if (flags.diff && original === result.signature) return ''
    const crashId = [fields.crash_id, fields.uuid].find((id) => typeof id === 'string') ?? null
    const text = format.write({ name: crashId ?? name, crashId, original, result }, flags.verbose ?? false)
    if (first) {
      first = false
      return text
    }
    return format.between + text
  }
}

function readLine(line: string): Read {
  try {
    return { value: needsExactReader(line) ? readJson(line) : JSON.parse(line) }
  } catch (error) {
    return { problem: `not JSON: ${(error as Error).message}` }
  }
}

/** A crash ID, `bp-<id>`, or the URL of a report page; surrounding white space is ignored. */
function readCrashId(argument: string): string {
  const text = argument.trim()
  const id = /^https?:/.test(text)
    ? text
        .replace(/[?#].*$/, '')
        .split('/')
        .at(-1)!
    : text.replace(/^bp-/, '')
  if (isCrashId(id, { anyDigit: true })) return id
  throw new CrashError('bad-crash-id', `${text} is not a crash ID`)
}

async function readProcessed(crashes: Storage, crashId: string): Promise<Read> {
  const object = await crashes.get(processedKey(crashId))
  if (!object) return { problem: 'has no processed crash; run mayday process first' }
  const stored = await object.bytes()
  try {
    return readLine(new TextDecoder().decode(inflateProcessedCrash(stored)))
  } catch (error) {
    if (!isCrashError(error)) throw error
    return { problem: `its processed crash cannot be read; run mayday process --crash-id ${crashId}` }
  }
}

/** Maximum UTF-16 code units of a line. */
const maxLine = 256 * 1024 * 1024

/** The lines of a stream, without line ends; an overlong line throws CrashError('limit'). */
async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let open: string[] = []
  let size = 0
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true })
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      yield (open.join('') + text.slice(start, end)).trim()
      open = []
      size = 0
      start = end + 1
    }
    if (start < text.length) open.push(text.slice(start))
    size += text.length - start
    if (size > maxLine) throw new CrashError('limit', `a line has more than ${maxLine} characters`)
  }
  const last = (open.join('') + decoder.decode()).trim()
  if (last !== '') yield last
}

/** Buffers small texts into large writes and waits for slow readers. */
function createOutput() {
  let waiting = ''
  const flush = (): Promise<void> => {
    const text = waiting
    waiting = ''
    return text === '' ? Promise.resolve() : writeOut(text)
  }
  return {
    flush,
    async write(text: string): Promise<void> {
      waiting += text
      if (waiting.length > 65_536) await flush()
    },
  }
}
