import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { CrashData } from '../../../shared/signature/crash-data.ts'
import { readJson } from '../../../shared/signature/python-compat/json.ts'
import { generateSignature } from '../../../shared/signature/signature.ts'
import { hasSocorroLists, socorroLists, unlessAbsent } from './socorro-lists.ts'

interface Case {
  data: CrashData
  signature: string
  notes: string[]
}

const file = resolve(import.meta.dirname, '../../golden/signature-cases.jsonl.gz')

describe.skipIf(!hasSocorroLists)(`generated crashes${unlessAbsent}`, () => {
  test("have Socorro's signatures and notes", () => {
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')
    const cases = lines.map((line) => readJson(line) as Case)
    expect(cases.length).toBeGreaterThan(500)
    const lists = hasSocorroLists ? { lists: socorroLists() } : {}
    const results = cases.map(({ data }) => generateSignature(data, lists))
    expect(results.map(({ signature, notes }) => ({ signature, notes }))).toEqual(
      cases.map(({ signature, notes }) => ({ signature, notes })),
    )
  })
})
