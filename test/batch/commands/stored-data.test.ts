// docs/stored-data.md lists every prefix of shared/keys.ts and every table.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as tables from '../../../batch/lake/tables.ts'
import { stagingPrefix } from '../../../shared/storage/put-stream.ts'
import { readStoredPrefixes } from '../../support/stored-data-page.ts'

const stored = readStoredPrefixes()
const startOf = (key: string) => key.slice(0, key.indexOf('/') + 1)

/** First parts of the keys that the code builds: of all texts and templates of keys.ts. */
function prefixesOfCode(): Set<string> {
  const source = readFileSync(resolve(import.meta.dirname, '../../../shared/keys.ts'), 'utf8')
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const texts = [...code.matchAll(/(?<=['`])[a-z][a-z-]*\/(?=[^'`\n]*['`])/g)].map(([text]) => text)
  return new Set([...texts, startOf(stagingPrefix)])
}

describe('the page of stored data', () => {
  test('lists every prefix of the code, and no others', () => {
    const listed = new Set(stored.map(({ prefix }) => startOf(prefix)).filter((prefix) => prefix !== 'FILE/'))
    expect([...listed].sort()).toEqual([...prefixesOfCode()].sort())
  })

  test('lists every table in its bucket, and no others', () => {
    const all = Object.values(tables).filter(
      (one): one is tables.Table => typeof one === 'object' && 'bucket' in one && 'columns' in one,
    )
    const listed = stored.filter(({ prefix }) => prefix.startsWith('tables/'))
    const wanted = all.map(({ bucket, name }) => `${bucket} tables/${name}/`)
    expect(listed.map(({ bucket, prefix }) => `${bucket} ${prefix}`).sort()).toEqual(wanted.sort())
  })

  test('backs up what nothing else contains', () => {
    const needed = [
      'raw/',
      'processed/',
      'tables/crashes/',
      'tables/usage/',
      'tables/bugs/',
      'access/',
      'FILE/ID/',
    ]
    const saved = stored.filter(({ isBackedUp }) => isBackedUp).map(({ prefix }) => prefix)
    expect(saved).toEqual(expect.arrayContaining(needed))
  })
})
