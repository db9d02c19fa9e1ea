// Products: a file is sufficient to add one, and an invalid file is reported precisely.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { defaultRetention, productOf, readProducts } from '../../../batch/products/products.ts'
import { CrashError } from '../../../shared/errors.ts'
import { featuredVersions } from '../../../batch/aggregates/version-order.ts'

const root = mkdtempSync(join(tmpdir(), 'mayday-products-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function readWith(file: unknown, name = 'kestrel.json') {
  const dir = mkdtempSync(join(root, 'dir-'))
  cpSync(join(import.meta.dirname, '../../../batch/products'), dir, { recursive: true })
  writeFileSync(join(dir, name), typeof file === 'string' ? file : JSON.stringify(file))
  return readProducts(dir)
}

describe('readProducts', () => {
  test('a file defines a product; only the name is required', () => {
    expect(readWith({ name: 'Kestrel' }).get('Kestrel')).toEqual({
      name: 'Kestrel',
      slug: 'kestrel',
      description: '',
      preset: 'default',
      channels: [],
      featured_versions: ['auto'],
      bug_links: [],
      beta_numbers: false,
      retention: defaultRetention,
    })
  })

  test('reads all properties of the file', () => {
    const file = {
      name: 'Kestrel',
      description: 'd',
      preset: 'mozilla',
      channels: ['stable'],
      featured_versions: ['2.0'],
      bug_links: [{ title: 'File a bug', url: 'https://bugs.example.org/?s={signature}' }],
      beta_numbers: true,
      retention: { reports: 30, documents: 60, protected: 60, rows: 400, aggregates: 800 },
    }
    expect(readWith(file).get('Kestrel')).toEqual({ ...file, slug: 'kestrel' })
  })

  test.each([
    ['{', 'it is not JSON'],
    ['null', 'it must be an object'],
    ['["Kestrel"]', 'it must be an object'],
    ['7', 'it must be an object'],
    [{}, 'name must be the product name that clients send'],
    [{ name: 'K', preset: 'x' }, 'preset is "x"; allowed are default, mozilla'],
    [{ name: 'K', channels: 'stable' }, 'channels must be a list'],
    [{ name: 'K', bug_links: [{ title: 't', url: 'javascript:x' }] }, 'bug_links[0].url must begin with'],
    [{ name: 'K', retention: 90 }, 'retention must be an object'],
    [{ name: 'K', retention: { dumps: 3 } }, 'retention.dumps is unknown; allowed are reports'],
    [{ name: 'K', retention: { rows: 0 } }, 'retention.rows must be a number of days'],
    [{ name: 'K', retention: { documents: 7 } }, 'retention.documents must not be shorter than reports'],
    [
      { name: 'K', retention: { rows: 400, aggregates: 300 } },
      'retention.aggregates must not be shorter than rows',
    ],
    [{ name: 'K', retention: { aggregates: 300 } }, 'retention.aggregates must not be shorter than rows'],
  ])('%j is rejected with the name of the file', (file, problem) => {
    expect(() => readWith(file)).toThrow(/Product file kestrel\.json/)
    expect(() => readWith(file)).toThrow(problem)
    expect(() => readWith(file)).toThrow(CrashError)
  })

  test('two files of one product are rejected with both names', () => {
    expect(() => readWith({ name: 'Heron' })).toThrow(
      'Product files heron.json and kestrel.json have the same name Heron: remove one',
    )
  })

  test.each(['Kestrel.json', 'kes trel.json', 'kestrel.v2.json', '.json', 'késtrel.json'])(
    'a file named %s is rejected: its name is part of paths',
    (name) => {
      expect(() => readWith({ name: 'Kestrel' }, name)).toThrow(CrashError)
      expect(() => readWith({ name: 'Kestrel' }, name)).toThrow(
        `Product file ${name}: its file name must consist of`,
      )
    },
  )
})

test('a product without a file gets default rules and a unique slug', () => {
  const known = readProducts()
  const made = productOf('Fire/Fox', known, new Set(['fire-fox']))
  expect(made).toMatchObject({ slug: 'fire-fox-2', preset: 'default', retention: defaultRetention })
})

describe('featuredVersions', () => {
  const versions = ['133.0a1', '132.0b4', '132.0b3', '131.0.2', '131.0', '130.0', '128.4.0esr', 'N/A']
  test.each([
    [['auto'], ['133.0a1', '132.0b4', '131.0.2']],
    [['132.0b'], ['132.0b4', '132.0b3']],
    [['130.0', '99.0'], ['130.0']],
    [
      ['128.4.0esr', 'auto'],
      ['133.0a1', '132.0b4', '131.0.2', '128.4.0esr'],
    ],
    [[], []],
  ])('%j', (wanted, expected) => {
    expect([...featuredVersions(wanted, versions)].sort()).toEqual([...expected].sort())
  })
})
