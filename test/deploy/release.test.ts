// Releases: what is checked before one, and the rules for dependencies.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findSection, type ReleaseState, releaseProblems } from '../../deploy/release/checks.ts'
import manifest from '../../package.json' with { type: 'json' }
import renovate from '../../renovate.json' with { type: 'json' }
import { productionLicenses } from '../support/make-licenses-table.ts'

const root = resolve(import.meta.dirname, '../..')
const changelog = `# Changelog

## 1.3.0 (unreleased)

- Next.

## 1.2.0 (2026-12-15)

- A \`thing\`.

### Batch

- Another.

## 1.1.0 (2026-12-01)
`
const sound: ReleaseState = {
  version: '1.2.0',
  changelog,
  files: new Map([
    [
      'docs/installing.md',
      'npm i -g ./mayday-1.2.0.tgz\ndocker build -t registry.example.org/mayday:1.2.0 .',
    ],
    ['kustomization.yaml', '    newTag: 1.2.0'],
  ]),
  changes: '',
  tags: ['v1.1.0'],
}

describe('a release', () => {
  test('needs nothing else when everything is there', () => {
    expect(releaseProblems(sound)).toEqual([])
  })

  test.each<[string, Partial<ReleaseState>, RegExp]>([
    ['a version', { version: '1.2' }, /^package.json: 1.2 is not a version/],
    ['a section', { version: '1.4.0', files: new Map() }, /no section "## 1.4.0/],
    ['a date', { version: '1.3.0', files: new Map() }, /1.3.0 is "unreleased"/],
    ['a real date', { changelog: '## 1.2.0 (soon)\n\n- A.' }, /soon is not a date/],
    ['text', { version: '1.1.0', files: new Map(), tags: [] }, /section of 1.1.0 is empty/],
    [
      'one version in the pages',
      { files: new Map([['a.md', 'mayday-1.1.0.tgz']]) },
      /^a.md names mayday-1.1.0.tgz$/,
    ],
    [
      'one version of the image',
      { files: new Map([['a.md', 'x/mayday:1.1.0']]) },
      /^a.md names mayday:1.1.0$/,
    ],
    [
      'one tag of the image',
      { files: new Map([['a.yaml', 'newTag: 1.1.0']]) },
      /^a.yaml names newTag: 1.1.0$/,
    ],
    ['a checkout', { changes: null }, /not a git checkout/],
    ['no changes', { changes: ' M README.md' }, /Uncommitted changes/],
    ['a tag that is free', { tags: ['v1.2.0'] }, /tag v1.2.0 exists/],
  ])('needs %s', (_name, change, message) => {
    const problems = releaseProblems({ ...sound, ...change })
    expect(problems.some((one) => message.test(one))).toBe(true)
  })

  test('has the section of its version as notes', () => {
    const text = '- A `thing`.\n\n### Batch\n\n- Another.'
    expect(findSection(changelog, '1.2.0')).toEqual({ date: '2026-12-15', text })
  })

  test('is prepared: the changelog has a section of the present version', () => {
    expect(findSection(readFileSync(resolve(root, 'CHANGELOG.md'), 'utf8'), manifest.version)).not.toBeNull()
  })
})

describe('dependencies', () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }

  test('have exact versions', () => {
    expect(Object.entries(all).filter(([, version]) => !/^\d/.test(version))).toEqual([])
  })

  test('are each in one group of updates, and groups name no others', () => {
    const patterns = renovate.packageRules.flatMap(({ matchPackageNames }) => matchPackageNames)
    const matches = (name: string, pattern: string) =>
      pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
    const counts = Object.keys(all).map((name) => [name, patterns.filter((one) => matches(name, one)).length])
    expect(counts.filter(([, count]) => count !== 1)).toEqual([])
    expect(patterns.filter((one) => !Object.keys(all).some((name) => matches(name, one)))).toEqual([])
    expect(renovate.packageRules.every(({ description }) => description.length > 20)).toBe(true)
  })

  test('of production have licenses that the Mozilla Public License is compatible with', () => {
    const known = [
      '0BSD',
      'Apache-2.0',
      'BSD-2-Clause',
      'BSD-3-Clause',
      'BlueOak-1.0.0',
      'ISC',
      'MIT',
      'MIT-0',
      'MPL-2.0',
    ]
    expect([...productionLicenses().keys()].filter((license) => !known.includes(license))).toEqual([])
  })
})
