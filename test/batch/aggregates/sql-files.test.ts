// The header of each SQL file lists the tables and views that the statement reads and creates.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const folder = resolve(import.meta.dirname, '../../../batch/aggregates/sql')

test.each(readdirSync(folder))('%s reads and creates what its header lists', (name) => {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n')
  const head = lines.filter((line) => line.startsWith('--')).join('\n')
  const sql = lines.filter((line) => !line.startsWith('--')).join('\n')
  const own = [...sql.matchAll(/\b(\w+) AS (?:MATERIALIZED )?\(/g)].map(([, word]) => word)
  const read = [...sql.matchAll(/\b(?:FROM|JOIN) (\w+)/g)].map(([, word]) => word!)
  const isTable = (word: string) => !own.includes(word) && word !== 'facets'
  expect(/^-- Reads: (.*)\.$/m.exec(head)?.[1]).toBe([...new Set(read.filter(isTable))].sort().join(', '))
  expect(/^-- Creates: (.*)\.$/m.exec(head)?.[1]).toBe(/CREATE OR REPLACE TEMP TABLE (\w+)/.exec(sql)?.[1])
})
