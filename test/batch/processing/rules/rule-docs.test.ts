// docs/processor-differences.md lists every rule of Mayday and of Socorro.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rulesets } from '../../../../batch/processing/rules/rulesets.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/processor-differences.md'), 'utf8')
const table = page.slice(page.indexOf('| Socorro | Mayday |'), page.indexOf('Only in Mayday'))
const cells = table
  .split('\n')
  .slice(2)
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
const namesIn = (text: string) => [...text.matchAll(/`([a-z][a-z-]+)`/g)].map((match) => match[1]!)

test('the page lists all fifty rules of Socorro', () => {
  expect(cells.flatMap(([, theirs]) => theirs!.split(', '))).toHaveLength(50)
})

test('the page lists every rule of Mayday with its preset', () => {
  const listed = new Map(cells.flatMap(([, , here]) => namesIn(here!).map((name) => [name, here!] as const)))
  const alone = namesIn(page.slice(page.indexOf('Only in Mayday'), page.indexOf('## The run')))
  const generic = new Set(rulesets.default.map((rule) => rule.name))
  for (const { name } of rulesets.mozilla) {
    if (alone.includes(name)) continue
    expect(listed.has(name), name).toBe(true)
    expect(listed.get(name)!.includes('(mozilla)'), name).toBe(!generic.has(name))
  }
})

test('the page names only rules that exist', () => {
  const known = new Set(rulesets.mozilla.map((rule) => rule.name))
  const named = cells.flatMap(([, , here]) => namesIn(here!)).filter((name) => name.includes('-'))
  expect(named.filter((name) => !known.has(name))).toEqual([])
})
