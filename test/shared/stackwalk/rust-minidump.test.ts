// Output compared with snapshots of rust-minidump, byte for byte.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { humanReport } from '../../../shared/stackwalk/human-report.ts'
import { outputOf, toJson } from '../../../shared/stackwalk/output.ts'
import { walkDumpThreads } from '../../../shared/stackwalk/walked-dump.ts'
import { folderSource } from '../../../shared/symbols/sources/folder.node.ts'
import { noSymbols } from '../../../shared/symbols/sources/symbol-source.ts'

const folder = resolve(import.meta.dirname, '../../../../shared/data/minidumps/rust-minidump')
const read = (name: string) => readFileSync(`${folder}/${name}`)
const symbols = folderSource(`${folder}/symbols`)

const cases = [
  { dump: 'test', symbols: noSymbols, evil: false, json: 'test.nosym.json', human: 'test.nosym.human.txt' },
  { dump: 'test', symbols, evil: false, json: 'test.symbols.json', human: 'test.symbols.human.txt' },
  { dump: 'test', symbols, evil: true, json: 'test.symbols.evil.json', human: null },
  {
    dump: 'pipeline-inlines-macos-segv',
    symbols,
    evil: false,
    json: 'pipeline-inlines-macos-segv.symbols.json',
    human: 'pipeline-inlines-macos-segv.symbols.human.txt',
  },
] as const

describe.skipIf(!existsSync(folder))('rust-minidump snapshots (skipped where the data is missing)', () => {
  for (const c of cases) {
    const walk = async () => {
      const annotations = c.evil ? JSON.parse(read('dumps/evil.json').toString()) : {}
      return walkDumpThreads(readMinidump(read(`dumps/${c.dump}.dmp`)), { symbols: c.symbols, annotations })
    }
    test(`${c.json} equals the output`, async () => {
      const ours = toJson(outputOf(await walk()), { pretty: true })
      expect(ours).toBe(read(`expected-json/${c.json}`).toString().trimEnd())
    })
    if (!c.human) continue
    test(`${c.human} equals the output`, async () => {
      expect(humanReport(await walk())).toBe(read(`expected-json/${c.human}`).toString())
    })
  }
})
