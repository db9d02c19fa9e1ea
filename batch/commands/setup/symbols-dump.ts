// `mayday symbols dump`: prints the symbols in programs and debug files as Breakpad symbol files.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import { groupModules } from '../../../shared/debug-files/debug-file.ts'
import { findDebugFiles, moduleReader } from '../../../shared/debug-files/find-files.node.ts'
import { describeModule, type ModuleSymbols } from '../../../shared/debug-files/module-symbols.ts'
import { symText } from '../../../shared/debug-files/sym-text.ts'
import { makeFolder } from '../../../shared/make-folder.node.ts'
import { symbolPaths } from '../../../shared/symbols/sources/symbol-path.ts'
import { visible, writeOut } from '../../cli/output.ts'
import { startProgress } from '../../cli/progress.ts'

export function buildDump(command: Command): void {
  command
    .command('dump')
    .description('print the symbols of programs and debug files (ELF, PE, PDB, Mach-O) as symbol files')
    .argument('<paths...>', 'files, and folders with such files')
    .option('--output <folder>', 'write <debug file>/<debug ID>/<name>.sym below this folder instead')
    .addHelpText(
      'after',
      `
A program and its separate debug file (.pdb, .debug, .dSYM) become one symbol file. The debug file is also found beside a
program that is given alone.

Examples:
  mayday symbols dump app.exe > app.sym
  mayday symbols dump --output symbols/ build/
`,
    )
    .action(dump)
}

async function dump(paths: string[], { output }: { output?: string }): Promise<void> {
  const { files, problems } = findDebugFiles(paths)
  for (const { path, reason } of problems) fail(`${path} cannot be used: ${reason}`)
  const modules = groupModules(files)
  if (modules.length === 0 && files.length > 0)
    throw new CrashError(
      'missing',
      `${files[0]!.path} holds a part of the debug data of a program: name the program, too`,
    )
  if (modules.length === 0 && problems.length === 0)
    throw new CrashError('missing', `No ELF, PE, PDB or Mach-O file is below ${paths.join(', ')}`)
  using progress = startProgress('reading debug files', modules.length, 'modules')
  const read = moduleReader(files)
  for (const module of modules) {
    await dumpModule(module[0].path, await read(module), output)
    progress.tick()
  }
}

async function dumpModule(path: string, module: ModuleSymbols, output: string | undefined): Promise<void> {
  for (const warning of module.warnings) process.stderr.write(`mayday: ${visible(`${path}: ${warning}`)}\n`)
  if (module.identity.debugId === null && module.identity.codeId === null)
    fail(`${path} has no build ID, UUID or debug ID: crashes cannot be matched with it; link with --build-id`)
  if (output === undefined) for (const chunk of symText(module)) await writeOut(chunk)
  else writeFile(module, output)
}

function writeFile(module: ModuleSymbols, folder: string): void {
  const { debugFile, debugId, codeFile, codeId } = module.identity
  const key = { debugFile, debugId: debugId ?? '', codeFile: codeFile ?? '', codeId: codeId ?? '' }
  const [path] = symbolPaths(key)
  if (path === undefined) {
    fail(`${debugFile} has no name and ID to store it under`)
    return
  }
  const to = join(folder, path)
  makeFolder(dirname(to))
  writeFileSync(to, Buffer.concat([...symText(module)]))
  process.stdout.write(`${visible(to)}: ${describeModule(module)}\n`)
}

function fail(text: string): void {
  process.stderr.write(`mayday: ${visible(text)}\n`)
  process.exitCode = 1
}
