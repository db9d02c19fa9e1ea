// docs/processor-differences.md tells where every rule went: ours are all in it, and it names none that is not.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { presets } from '../../../../batch/processing/rules/rulesets.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/processor-differences.md'), 'utf8')
const table = page.slice(page.indexOf('| Socorro | here |'), page.indexOf('Ours alone'))
const cells = table
  .split('\n')
  .slice(2)
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
const namesIn = (text: string) => [...text.matchAll(/`([a-z][a-z-]+)`/g)].map((match) => match[1]!)

test('the page has every one of the fifty rules', () => {
  expect(cells.flatMap(([, theirs]) => theirs!.split(', '))).toHaveLength(50)
})

test('every rule of ours is in it, under the preset it belongs to', () => {
  const told = new Map(cells.flatMap(([, , here]) => namesIn(here!).map((name) => [name, here!] as const)))
  const alone = namesIn(page.slice(page.indexOf('Ours alone'), page.indexOf('## The run')))
  const generic = new Set(presets.default.map((rule) => rule.name))
  for (const { name } of presets.mozilla) {
    if (alone.includes(name)) continue
    expect(told.has(name), name).toBe(true)
    expect(told.get(name)!.includes('(mozilla)'), name).toBe(!generic.has(name))
  }
})

test('it names no rule that is not there', () => {
  const known = new Set(presets.mozilla.map((rule) => rule.name))
  const named = cells.flatMap(([, , here]) => namesIn(here!)).filter((name) => name.includes('-'))
  expect(named.filter((name) => !known.has(name))).toEqual([])
})
