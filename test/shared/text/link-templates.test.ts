// Addresses with placeholders: what they become, and what is wrong with them.
import { expect, test } from 'vitest'
import {
  bugPlaceholders,
  fillTemplate,
  sourcePlaceholders,
  templateProblem,
} from '../../../shared/text/link-templates.ts'

test('placeholders with a value are replaced, others stay', () => {
  const values: Record<string, string> = { a: '1', b_c: '', d: '{a}' }
  expect(fillTemplate('{a}{a}/{b_c}/{d}/{x}/{A}/{}', (name) => values[name])).toBe('11//{a}/{x}/{A}/{}')
})

const host = 'must be an address whose host has no placeholder'
const scheme = 'must begin with https://'
test.each<[string, string | null]>([
  ['https://example.org/{a}?q={b}', null],
  ['http://example.org/{a}', null],
  ['https://example.org', null],
  ['ftp://example.org/', scheme],
  ['example.org', scheme],
  ['', scheme],
  ['https://{a}.example.org/', host],
  ['https://user@example.org/', host],
  ['https://', host],
  ['https://example.org:port/', host],
  ['https://example.org/{c}/{d}', 'has the unknown placeholder {c}; known are a, b'],
])('%s: %s', (template, problem) => {
  const rules = { placeholders: ['a', 'b'], schemes: ['https', 'http'] }
  expect(templateProblem(template, rules)).toBe(problem)
})

test('the placeholders are these', () => {
  expect(bugPlaceholders.join(' ')).toBe('signature product version platform reason crash_id')
  expect(sourcePlaceholders.join(' ')).toBe('repo path revision line version object crate crate_version')
})
