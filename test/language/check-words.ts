// `npm run check:words`: refuses retired words and names (docs/glossary.md) in every file of the repository.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { type Match, readRetiredWords, retiredNames, retiredPhrases } from './glossary.ts'
import { readProse } from './prose.ts'

const glossaryPath = 'docs/glossary.md'
/** Quotes retired words to test the check. */
const quotingTest = 'test/language/words.test.ts'
const retired = readRetiredWords(readFileSync(glossaryPath, 'utf8'))
const findings = checkedFiles().flatMap(findingsIn)
for (const finding of findings) console.error(finding)
if (findings.length > 0) {
  console.error(`${findings.length} retired words; ${glossaryPath} lists them with their replacements.`)
  process.exitCode = 1
}

function checkedFiles(): string[] {
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
  return tracked
    .split('\n')
    .filter((file) => /\.(tsx?|js|md|json|css|html|sql|toml)$|^\.ci\/run$/.test(file))
    .filter((file) => !/^test\/(fixtures|golden)\/.*(?<!README\.md)$|^package-lock\.json$/.test(file))
    .filter((file) => file !== quotingTest)
}

function findingsIn(path: string): string[] {
  const source = readFileSync(path, 'utf8')
  const checked = path === glossaryPath ? source.split('\n## Retired words')[0]! : source
  const { prose, names } = readProse(path, checked)
  const found = [
    ...prose.flatMap((p) => retiredPhrases(p.text, retired).map((m) => ({ ...m, at: m.at + p.start }))),
    ...names.flatMap((n) => retiredNames(n.name, retired).map((m) => ({ ...m, at: n.start }))),
    ...retiredNames(basename(path, extname(path)), retired).map((m) => ({ ...m, at: 0 })),
  ]
  return found.sort((a, b) => a.at - b.at).map((m) => describe(path, source, m))
}

function describe(path: string, source: string, { at, found, instead }: Match): string {
  return `${path}:${source.slice(0, at).split('\n').length}: "${found}": write ${instead}`
}
