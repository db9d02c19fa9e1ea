import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readRetiredWords, retiredNames, retiredPhrases } from './glossary.ts'
import { readProse } from './prose.ts'

const glossary = readFileSync('docs/glossary.md', 'utf8')
const retired = readRetiredWords(`
## Retired words

| retired | write |
|---|---|
| for good, told | permanently |
| \`/(?<!there )(is\\|are) no (?!longer)/\` | is not a |

## Retired names

| retired | write |
|---|---|
| aside | fallback |
| Found | CallerFrame |
`)

const phrasesIn = (path: string, source: string) =>
  readProse(path, source).prose.flatMap((p) =>
    retiredPhrases(p.text, retired).map((m) => ({ line: lineOf(source, m.at + p.start), found: m.found })),
  )
const namesIn = (source: string) =>
  readProse('a.ts', source).names.flatMap((n) => retiredNames(n.name, retired))
const lineOf = (source: string, at: number) => source.slice(0, at).split('\n').length

test('the glossary has both lists, and no phrase of it is an empty pattern', () => {
  const { phrases, names } = readRetiredWords(glossary)
  expect(phrases.length).toBeGreaterThan(80)
  expect(names.length).toBeGreaterThan(3)
  for (const { pattern, instead } of [...phrases, ...names]) {
    expect('').not.toMatch(pattern)
    expect(instead).not.toBe('')
  }
})

test('a glossary without a list is an error', () => {
  expect(() => readRetiredWords('## Retired words\n')).toThrow('No table below "Retired words"')
})

test('every name in code that the glossary gives exists in the repository', () => {
  const files = execFileSync('git', ['ls-files', 'shared', 'edge', 'batch', 'dashboard'], {
    encoding: 'utf8',
  })
  const sources = files
    .split('\n')
    .filter((file) => /\.(tsx?|json)$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
  const code = `${files}${sources.join('\n')}`
  const rows = glossary.split('## Retired words')[0]!.matchAll(/^\|.*\| ([^|]+) \|$/gm)
  const names = [...rows].flatMap((row) => [...row[1]!.matchAll(/`([^`]+)`/g)].map((m) => m[1]!))
  expect(names.length).toBeGreaterThan(50)
  expect(names.filter((name) => !code.includes(name.replace(/^(mayday|POST) |\(\)$/g, '')))).toEqual([])
})

test.each([
  ['a comment', '// Kept for good.', ['for good']],
  ['a phrase over two line comments', '// Kept for\n// good.', ['for good']],
  ['a phrase over two lines of a block comment', '/**\n * Kept for\n * good.\n */', ['for good']],
  ['a string with a space', "log('kept for good')", ['for good']],
  ['a template', 'log(`kept for good $`)', ['for good']],
  ['JSX text', '<p>kept for good</p>', ['for good']],
  ['an attribute', '<p title="kept for good" />', ['for good']],
  ['a capital letter', '// Told.', ['Told']],
  ['a string that looks like a comment', "fetch('https://told') // kept", []],
  ['a word inside a longer one', '// A retold story of untold lines.', []],
  ['code in backticks', '// The field `told`.', []],
  ['an identifier', 'const told = 1', []],
  ['an expression of the list', '// It is no list.', ['is no ']],
  ['an exception of an expression', '// There is no list, and it is no longer needed.', []],
])('prose of a program: %s', (_, source, found) => {
  expect(phrasesIn('a.tsx', source).map((m) => m.found)).toEqual(found)
})

test.each([
  ['a.md', 'Kept\nfor good.', 2],
  ['a.md', '# Title\n\n- told', 3],
  ['a.sql', 'select 1\n-- told\n', 2],
  ['a.toml', 'name = "told"\n# told\n', 2],
  ['a.css', 'a {}\n\n/* kept\nfor good */', 4],
  ['a.html', '<p>\n</p><!-- for good -->', 2],
  ['a.json', '{\n"reason": "is told twice" }', 2],
])('%s is read by its own rules: %j', (path, source, line) => {
  expect(phrasesIn(path, source).map((m) => m.line)).toEqual([line])
})

test('code in Markdown is exempt', () => {
  expect(phrasesIn('a.md', 'The key `told`.\n\n```\ntold\n```\n')).toEqual([])
})

test.each([
  ['const asideStore = 1', ['aside']],
  ['function storeAside() {}', ['aside']],
  ['interface Found {}', ['Found']],
  ['const wasFound = 1, beside = 2, foundation = 3', []],
  ['const stored_aside_bytes = 1', []],
])('names: %s', (source, found) => {
  expect(namesIn(source).map((m) => m.found)).toEqual(found)
})
