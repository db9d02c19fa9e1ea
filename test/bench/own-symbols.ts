// Dumps walked with symbol files of Breakpad's dumper, and with Mayday's own of the same modules: those whose program is
// installed here with the same ID, at its path in the dump or below a folder of `MAYDAY_PROGRAMS` (unpacked packages).
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { groupModules } from '../../shared/debug-files/debug-file.ts'
import { findDebugFiles, moduleReader } from '../../shared/debug-files/find-files.node.ts'
import { isOfModule } from '../../shared/debug-files/module-text.ts'
import { symText } from '../../shared/debug-files/sym-text.ts'
import { readMinidump } from '../../shared/minidump/minidump.ts'
import { crashDataFrom } from '../../shared/signature/crash-data.ts'
import { generateSignature } from '../../shared/signature/signature.ts'
import { toJson } from '../../shared/stackwalk/output.ts'
import { walkDump } from '../../shared/stackwalk/walk.ts'
import { folderSource } from '../../shared/symbols/sources/folder.node.ts'
import { type ModuleKey, symbolPath } from '../../shared/symbols/sources/symbol-path.ts'
import {
  firstSource,
  rememberingSource,
  type SymbolSource,
} from '../../shared/symbols/sources/symbol-source.ts'
import { corpusDir, corpusDump, corpusNames, hasCorpus } from '../support/dump-data.ts'

const roots = ['', ...(process.env.MAYDAY_PROGRAMS?.split(':') ?? [])]
const cacheBytes = 512 * 2 ** 20

interface Walked {
  threads: {
    frames: { function: string | null; line: number | null; trust: string; inlines: unknown[] | null }[]
  }[]
}

/** Writes symbol files of the modules of a dump that are installed here; returns whether there are any. */
class OwnSymbols {
  readonly folder: string
  readonly made = new Map<string, boolean>()

  constructor(folder: string) {
    this.folder = folder
  }

  async add(key: ModuleKey, path: string): Promise<boolean> {
    const id = key.debugId
    const known = this.made.get(id)
    if (known !== undefined) return known
    let isMade = false
    for (const root of roots) isMade ||= existsSync(root + path) && (await this.write(key, root + path, root))
    this.made.set(id, isMade)
    return isMade
  }

  private async write(key: ModuleKey, path: string, root: string): Promise<boolean> {
    const debugFolder = join(root, '/usr/lib/debug')
    const { files } = findDebugFiles([path, ...(root !== '' && existsSync(debugFolder) ? [debugFolder] : [])])
    const group = groupModules(files).find((some) => some.some((file) => isOfModule(file, key)))
    const to = symbolPath(key)
    if (!group || to === null || !group[0].isBinary) return false
    const target = join(this.folder, to)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, Buffer.concat([...symText(await moduleReader(files)(group))]))
    return true
  }
}

class Column {
  readonly trusts: Record<string, number> = {}
  frames = 0
  named = 0
  withLines = 0
  inlined = 0

  add({ threads }: Walked): void {
    for (const { frames } of threads)
      for (const frame of frames) {
        this.frames++
        this.trusts[frame.trust] = (this.trusts[frame.trust] ?? 0) + 1
        if (frame.function !== null) this.named++
        if (frame.line !== null) this.withLines++
        this.inlined += frame.inlines?.length ?? 0
      }
  }
}

async function walk(
  bytes: Uint8Array,
  symbols: SymbolSource,
): Promise<{ walked: Walked; signature: string }> {
  const json = JSON.parse(toJson(await walkDump(bytes, { symbols })))
  return { walked: json, signature: generateSignature(crashDataFrom({ json_dump: json })).signature }
}

export async function run(): Promise<Record<string, unknown>> {
  if (!hasCorpus) return { skipped: 'needs the dumps of ../shared/data/corpus' }
  const folder = mkdtempSync(join(tmpdir(), 'mayday-bench-own-symbols-'))
  try {
    return await compare(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compare(folder: string): Promise<Record<string, unknown>> {
  const own = new OwnSymbols(folder)
  const remember = (source: SymbolSource) => rememberingSource(source, { maxBytes: cacheBytes })
  const breakpads = remember(folderSource(join(corpusDir, 'symbols')))
  const ours = firstSource([remember(folderSource(folder)), breakpads])
  const [before, after] = [new Column(), new Column()]
  const differences: string[] = []
  let dumps = 0
  for (const name of corpusNames()) {
    const bytes = corpusDump(name)
    let made = 0
    for (const module of readMinidump(bytes).modules.list) {
      const { codeFile, debugFile, debugId } = module
      if (!debugId || !debugFile) continue
      const key = { debugFile: basename(debugFile), debugId, codeFile: basename(codeFile), codeId: '' }
      if (await own.add(key, codeFile)) made++
    }
    if (made === 0) continue
    dumps++
    const [theirs, mine] = [await walk(bytes, breakpads), await walk(bytes, ours)]
    before.add(theirs.walked)
    after.add(mine.walked)
    if (theirs.signature !== mine.signature)
      differences.push(`${name}: ${theirs.signature} / ${mine.signature}`)
  }
  const modules = [...own.made.values()].filter(Boolean).length
  return {
    dumps,
    modules,
    'with symbol files of Breakpad': before,
    'with our own': after,
    equal_signatures: dumps - differences.length,
    differences,
  }
}
