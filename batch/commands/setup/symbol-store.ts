// `mayday symbols add|list|remove|stats`: the files of a symbol store.
import type { Command } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import { factsOf } from '../../../shared/symbol-store/stored-file.ts'
import { recordEvents } from '../../access/command-audit.ts'
import { addStoreOption, type StoreOptions } from '../../cli/options.ts'
import { printResult, visible, writeOut } from '../../cli/output.ts'
import { withProgress } from '../../cli/progress.ts'
import { readConfig } from '../../config.ts'
import { openStore } from '../../lake/open-store.ts'
import { addSymbols, type AddReport } from '../../symbols/add-symbols.ts'
import { countFiles, type ListedFile, listFiles, removeFiles } from '../../symbols/inventory.ts'
import { sendSymbols } from '../../symbols/send-symbols.ts'
import { plural } from '../../../shared/text/format.ts'

interface Options extends Pick<StoreOptions, 'store'> {
  json?: true
}

interface AddFlags extends Options {
  server?: string
  try?: true
}

interface RemoveFlags extends Options {
  try?: true
  dryRun?: true
}

export function buildSymbolStore(command: Command): void {
  buildAdd(command.command('add'))
  addStoreOption(command.command('list'))
    .description('list the stored files')
    .argument('[start]', 'only files whose debug file starts with this')
    .option('--json', 'print JSON, one line per file')
    .action(list)
  addStoreOption(command.command('remove'))
    .description('remove files, with their indexes')
    .argument('<paths...>', '<debug file>/<ID>, or <debug file>/<ID>/<file>')
    .option('--try', 'those of try builds')
    .option('--dry-run', 'only print what would be removed')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  mayday symbols remove libfoo.so/A82112E9E4ACA1ACCD6D04F4F0EBD6C50\n')
    .action(remove)
  addStoreOption(command.command('stats'))
    .description('count the stored files and their bytes')
    .option('--json', 'print the counts as JSON')
    .action(stats)
}

function buildAdd(command: Command): void {
  addStoreOption(command)
    .description('put symbol files into a store, or send them to a symbol server')
    .argument(
      '<paths...>',
      'files, folders and archives (zip, tar, deb and others): symbol files, programs, debug files',
    )
    .option('--server <URL>', 'send them to this symbol server, with the token in SYMBOL_TOKEN')
    .option('--try', 'as symbols of a try build: found only by requests for them, deleted after 28 days')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
A file in the layout <name>/<ID>/<file> keeps its path; any other symbol file gets the one of its MODULE record. A
program and its separate debug file (.pdb, .debug, .dSYM) become one symbol file. Files that are stored already are not
sent again. Exit code 1 when a file was refused. See docs/symbols.md.

Examples:
  mayday symbols add ./symbols
  mayday symbols add libfoo.so.sym app.sym.gz symbols.zip --store s3:https://s3.example.org/
  SYMBOL_TOKEN=… mayday symbols add ./symbols --server https://crash.example.org/symbols`,
    )
    .action(add)
}

async function add(paths: string[], options: AddFlags): Promise<void> {
  const report = await withProgress(['Reading and adding', 0, 'files'], async (progress) => {
    const onFile = () => progress.tick()
    if (options.server !== undefined) return sendSymbols(paths, serverOf(options), { onFile })
    await using open = await openStore(options, { missing: 'create' })
    const now = new Date()
    const added = await addSymbols(paths, open.stores.symbols, { isTry: options.try === true, now, onFile })
    await recordAdded(open.stores.crashes, added, now)
    return added
  })
  printResult(options, { report, text: addedText(report), failed: report.refused.length > 0 })
}

function serverOf({ server = '', try: isTry, store }: AddFlags) {
  if (isTry || store !== undefined)
    throw new CrashError(
      'bad-usage',
      '--server cannot be combined with --try or --store: the token decides where the server stores the files',
    )
  const { symbolToken: token } = readConfig()
  if (token === null)
    throw new CrashError(
      'bad-usage',
      'SYMBOL_TOKEN is not set: create a token with mayday tokens add --permissions upload_symbols',
    )
  if (!/^https?:\/\//.test(server) || !URL.canParse(server))
    throw new CrashError('bad-usage', `${server} is not the URL of a symbol server`)
  return { url: server, token }
}

async function recordAdded(
  crashes: Parameters<typeof recordEvents>[0],
  { added, replaced }: AddReport,
  now: Date,
): Promise<void> {
  const changed = [...added, ...replaced]
  if (changed.length === 0) return
  const events = [
    { subject: 'mayday symbols add', detail: `${changed.length} files, the first ${changed[0]}` },
    ...replaced.map((key) => ({ subject: key, detail: 'replaced' })),
  ]
  await recordEvents(
    crashes,
    events.map((event) => ({ action: 'upload_symbols' as const, ...event })),
    now,
  )
}

export function addedText({ added, replaced, unchanged, refused, modules }: AddReport): string {
  const read = modules.map(({ file, summary }) => `${visible(file)}: ${visible(summary)}\n`)
  const lines = refused.map(({ file, problem }) => `refused: ${visible(file)}: ${visible(problem)}\n`)
  const replacing = replaced.length > 0 ? `, replaced ${replaced.length}` : ''
  const counts = `Added ${plural(added.length, 'file')}${replacing}; ${unchanged.length} stored already`
  return `${read.join('')}${lines.join('')}${counts}${refused.length > 0 ? `; ${refused.length} refused` : ''}.\n`
}

async function list(start: string | undefined, options: Options): Promise<void> {
  await using open = await openStore(options)
  for await (const file of listFiles(open.stores.symbols, start))
    await writeOut(options.json ? `${JSON.stringify(jsonOf(file))}\n` : lineOf(file))
}

const keyOf = ({ path, isTry }: ListedFile) => `${isTry ? 'try/' : ''}${path.name}/${path.id}/${path.leaf}`

const lineOf = (file: ListedFile): string =>
  `${file.info.uploaded.toISOString().slice(0, 10)}  ${String(file.info.size).padStart(11)}  ${visible(keyOf(file))}\n`

function jsonOf(file: ListedFile) {
  const { size, md5, module } = factsOf(file.info)
  const { path, isTry, info } = file
  return {
    ...{ key: keyOf(file), name: path.name, id: path.id, file: path.leaf, try: isTry },
    ...{ bytes: info.size, uploaded: info.uploaded.toISOString(), size, md5 },
    ...{ code_file: module.codeFile, code_id: module.codeId, generator: module.generator },
  }
}

async function remove(paths: string[], options: RemoveFlags): Promise<void> {
  await using open = await openStore(options)
  const dryRun = options.dryRun === true
  const removed: string[] = []
  const missing: string[] = []
  for (const path of paths) {
    if (!/^[^/]+\/[0-9A-Fa-f]+(?:\/[^/]+)?$/.test(path))
      throw new CrashError('bad-usage', `${path} is not <debug file>/<ID> or <debug file>/<ID>/<file>`)
    const keys = await removeFiles(open.stores.symbols, path, { isTry: options.try === true, dryRun })
    removed.push(...keys)
    if (keys.length === 0) missing.push(path)
  }
  const text = [
    ...removed.map((key) => `${dryRun ? 'would remove' : 'removed'} ${visible(key)}\n`),
    ...missing.map((path) => `no files: ${visible(path)}\n`),
  ].join('')
  printResult(options, { report: { removed, missing, dry_run: dryRun }, text, failed: missing.length > 0 })
}

async function stats(options: Options): Promise<void> {
  await using open = await openStore(options)
  const report = await countFiles(open.stores.symbols)
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  const text = `${report.symbol_files} symbol files of ${report.names} names, ${report.other_files} other files, ${report.try_files} files of try builds: ${megabytes(report.bytes)}
${report.indexes} indexes: ${megabytes(report.index_bytes)}
`
  printResult(options, { report, text })
}
