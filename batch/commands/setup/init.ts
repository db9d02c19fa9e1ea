// `mayday init`: a folder with everything that a first deployment needs.
import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import { visible } from '../../cli/output.ts'
import { makeFirstFolder } from '../../local/first-folder.ts'
import { settingsFile } from '../../settings-file.ts'

interface Options {
  product: string
}

export function build(command: Command): void {
  command
    .argument('[folder]', 'folder to make it in', '.')
    .option('--product <NAME>', 'the product name that your program sends', readProduct, 'MyApp')
    .addHelpText(
      'after',
      `
Writes ${settingsFile} (settings with a secret and a token), policy.json, a product file, and a store with the policy and the
token; prints the commands that start it, submit a crash and show it. Overwrites nothing.

Examples:
  mayday init
  mayday init crashes --product Ledger`,
    )
    .action(run)
}

/** The name appears in a command that is printed. */
function readProduct(name: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u.test(name)) return name
  throw new CrashError(
    'bad-usage',
    `--product must be a name of letters, digits, spaces, '.', '_' and '-', not '${visible(name)}'`,
  )
}

async function run(folder: string, { product }: Options): Promise<void> {
  const { files } = await makeFirstFolder(folder, product)
  const path = relative('.', resolve(folder))
  const enter = path === '' ? '' : `cd ${quoted(path)} && `
  process.stdout.write(`Made ${files.join(', ')} in ${resolve(folder)}. Next:

  ${enter}mayday serve --every 1m
  curl -F ${quoted(`ProductName=${product}`)} -F Version=1.0 -F upload_file_minidump=@crash.dmp http://127.0.0.1:8787/submit
  ${enter}mayday sql 'select crash_id, product, version, signature from crashes'
`)
}

/** A word of a shell. */
const quoted = (text: string) => (/^[\w./=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
