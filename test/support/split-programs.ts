// The programs of test/fixtures/split-dwarf.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { groupModules, helpersAmong, readModule } from '../../shared/debug-files/debug-file.ts'
import { symText } from '../../shared/debug-files/sym-text.ts'
import { openAll } from './debug-programs.ts'

const folder = resolve(import.meta.dirname, '../fixtures/split-dwarf')

export const splitBytes = (name: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(`${folder}/${name}.gz`)))

export interface NamedBytes {
  path: string
  bytes: Uint8Array
}

/** The records of a symbol file without those that identify the module, and what is missing. */
export async function recordsIn(files: readonly NamedBytes[]): Promise<{ text: string; warnings: string[] }> {
  const opened = openAll(files)
  const texts: string[] = []
  const warnings: string[] = []
  for (const group of groupModules(opened)) {
    const module = await readModule(group, { helpers: helpersAmong(opened) })
    texts.push(Buffer.concat([...symText(module)]).toString())
    warnings.push(...module.warnings)
  }
  return { text: texts.join('').replace(/^(MODULE|INFO) .*\n/gm, ''), warnings }
}
