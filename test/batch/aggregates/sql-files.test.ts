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
  expect(/^-- Reads: (.*)\.$/m.exec(head)?.[1] ?? '').toBe(
    [...new Set(read.filter(isTable))].sort().join(', '),
  )
  expect(/^-- Creates: (.*)\.$/m.exec(head)?.[1]).toBe(
    /CREATE OR REPLACE TEMP (?:TABLE|MACRO) (\w+)/.exec(sql)?.[1],
  )
})

test.each(readdirSync(folder))(
  '%s chooses and sorts by the estimate, never by the number of stored reports',
  (name) => {
    const sql = readFileSync(join(folder, name), 'utf8')
    // Refused reports are not stored, so they have no weight.
    if (!/^-- Reads: refusals\.$/m.test(sql)) expect(sql).not.toMatch(/ORDER BY [^)\n]*\bcount\b/)
  },
)
