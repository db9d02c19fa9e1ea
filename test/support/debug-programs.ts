// The programs of test/fixtures/debug-files.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sourceOfBytes } from '../../shared/debug-files/byte-source.ts'
import {
  type DebugFile,
  groupModules,
  openDebugFile,
  readModule,
} from '../../shared/debug-files/debug-file.ts'
import type { ModuleSymbols } from '../../shared/debug-files/module-symbols.ts'

const folder = resolve(import.meta.dirname, '../fixtures/debug-files')

export interface ExpectedModule {
  files: string[]
  identity: { os: string; arch: string; debug_id: string; code_id: string | null; name: string }
  functions: [start: number, size: number | null, name: string][]
  aliases?: Record<string, string[]>
  lines: [address: number, chain: [name: string, file: string, line: number][]][]
  unwind: [address: number, rules: Record<string, unknown>][]
}

export interface DebugProgram {
  name: string
  modules: ExpectedModule[]
}

export const debugPrograms = (): DebugProgram[] =>
  readdirSync(join(folder, 'expected'))
    .sort()
    .map(
      (file) =>
        JSON.parse(gunzipSync(readFileSync(join(folder, 'expected', file))).toString()) as DebugProgram,
    )

/** Paths and contents of a file of `bin`, or of the files in a dSYM. */
export function debugFileBytes(name: string): { path: string; bytes: Uint8Array }[] {
  const path = join(folder, 'bin', name)
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    return [{ path: name, bytes: new Uint8Array(gunzipSync(readFileSync(`${path}.gz`))) }]
  const inner = join(path, 'Contents/Resources/DWARF')
  return readdirSync(inner).map((file) => ({
    path: `${name}/${basename(file, '.gz')}`,
    bytes: new Uint8Array(gunzipSync(readFileSync(join(inner, file)))),
  }))
}

export const openAll = (files: readonly { path: string; bytes: Uint8Array }[]): DebugFile[] =>
  files.flatMap(({ path, bytes }) => openDebugFile(path, sourceOfBytes(bytes)))

/** The modules in the named files of `bin`. */
export const modulesIn = (names: readonly string[]): Promise<ModuleSymbols[]> =>
  Promise.all(groupModules(openAll(names.flatMap(debugFileBytes))).map((files) => readModule(files)))
