import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { dictionaryPage, makeDictionary } from '../../support/make-data-dictionary.ts'

test('docs/data-dictionary.md matches the catalog and the tables', () => {
  expect(readFileSync(resolve(import.meta.dirname, '../../..', dictionaryPage), 'utf8')).toBe(
    makeDictionary(),
  )
})
