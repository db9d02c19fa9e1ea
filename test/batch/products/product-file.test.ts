// Product files: what one may contain, and that an invalid one is reported with its lines.
import { describe, expect, test } from 'vitest'
import { defaultAlertSettings } from '../../../batch/products/alert-settings.ts'
import { defaultRetention, parseProduct, productSchema } from '../../../batch/products/product-file.ts'
import { CrashError } from '../../../shared/errors.ts'

const read = (file: unknown, name = 'kestrel.json') =>
  parseProduct(name, typeof file === 'string' ? file : JSON.stringify(file, null, 2))

const full = {
  $schema: '../docs/product.schema.json',
  name: 'Kestrel',
  description: 'd',
  preset: 'mozilla',
  signature: { compat: 'mayday' },
  channels: ['stable'],
  featured_versions: ['2.0'],
  beta_numbers: true,
  bug_links: [{ title: 'File a bug', url: 'https://bugs.example.org/?s={signature}' }],
  bug_trackers: [{ kind: 'bugzilla', url: 'https://bugs.example.org', private_bugs: 'omit' }],
  source_links: [{ prefix: '/build/', url: 'https://git.example.org/{path}#{line}' }],
  own_modules: ['kestrel*'],
  symbols: ['https://symbols.example.org/', '/srv/symbols'],
  alerts: {
    rules: {
      new_signature: null,
      rising: { share: 2, times: 3 },
      spike: { times: 4, crashes: 5 },
      version_rate: { times: 6 },
      refused: { times: 7, reports: 8 },
      missing_symbols: { share: 9 },
    },
    mute: [{ rule: 'rising', signature: 'kestrel::*', until: '2026-12-31' }],
    destinations: ['ops'],
  },
  retention: { reports: 30, documents: 60, protected: 60, rows: 400, aggregates: 800 },
  dumps_per_signature: 20,
}

describe('parseProduct', () => {
  test('only the name is required', () => {
    expect(read({ name: 'Kestrel' })).toEqual({
      name: 'Kestrel',
      slug: 'kestrel',
      description: '',
      preset: 'default',
      signature: { compat: null },
      channels: [],
      featured_versions: ['auto'],
      beta_numbers: false,
      bug_links: [],
      bug_trackers: [],
      source_links: [],
      own_modules: [],
      symbols: [],
      alerts: defaultAlertSettings,
      retention: defaultRetention,
      dumps_per_signature: null,
    })
  })

  test('reads all properties of the file', () => {
    const { $schema: _, ...properties } = full
    expect(read(full)).toEqual({ ...properties, slug: 'kestrel' })
  })

  test.each([
    ['{', 'it is not JSON: '],
    ['null', 'line 1: it must be an object'],
    ['["Kestrel"]', 'line 1: it must be an object'],
    ['7', 'line 1: it must be an object'],
    [{}, 'line 1: name must be the product name that clients send'],
    [{ name: 'K', preset: 'x' }, 'line 3: preset is "x"; allowed are default, mozilla'],
    [
      { name: 'K', signature: { compat: 'x' } },
      'line 4: signature.compat is "x"; allowed are socorro, mayday',
    ],
    [
      { name: 'K', bug_trackers: [{ kind: 'github', url: 'https://user:pass@github.com/a/b' }] },
      'line 6: bug_trackers[0].url must be the URL of a tracker',
    ],
    [{ name: 'K', channels: 'stable' }, 'line 3: channels must be a list'],
    [
      { name: 'K', bug_links: [{ title: 't', url: 'javascript:x' }] },
      'line 6: bug_links[0].url must begin with',
    ],
    [
      { name: 'K', source_links: [{ prefix: '', url: 'https://x' }] },
      'line 5: source_links[0].prefix must not',
    ],
    [
      { name: 'K', source_links: [{ prefix: 'git:', url: 'http://git.example.org/{path}' }] },
      'line 6: source_links[0].url must begin with https://',
    ],
    [
      { name: 'K', source_links: [{ prefix: 'git:', url: 'https://{repo}/{path}' }] },
      'line 6: source_links[0].url must be an address whose host has no placeholder',
    ],
    [
      { name: 'K', source_links: [{ prefix: 'git:', url: 'https://me@git.example.org/{path}' }] },
      'line 6: source_links[0].url must be an address whose host has no placeholder',
    ],
    [
      { name: 'K', source_links: [{ prefix: 'git:', url: 'https://git.example.org/{commit}' }] },
      'line 6: source_links[0].url has the unknown placeholder {commit}; known are repo, path,',
    ],
    [
      { name: 'K', bug_links: [{ title: 't', url: 'https://{product}.example.org/' }] },
      'line 6: bug_links[0].url must be an address whose host has no placeholder',
    ],
    [
      { name: 'K', bug_links: [{ title: 't', url: 'https://bugs.example.org/{sig}' }] },
      'line 6: bug_links[0].url has the unknown placeholder {sig}; known are signature,',
    ],
    [{ name: 'K', own_modules: [''] }, 'line 4: own_modules[0] must not be empty'],
    [{ name: 'K', symbols: ['ftp://x/'] }, 'line 4: symbols[0] must be the URL of a symbol server'],
    [{ name: 'K', symbols: ['symbols'] }, 'line 4: symbols[0] must be the URL of a symbol server'],
    [{ name: 'K', retention: 90 }, 'line 3: retention must be an object'],
    [{ name: 'K', retention: { dumps: 3 } }, 'line 4: retention.dumps is unknown; allowed are reports'],
    [{ name: 'K', retention: { rows: 0 } }, 'line 4: retention.rows must be a number of days'],
    [
      { name: 'K', retention: { documents: 7 } },
      'line 4: retention.documents must not be shorter than reports',
    ],
    [
      { name: 'K', retention: { rows: 400, aggregates: 300 } },
      'line 5: retention.aggregates must not be shorter than rows',
    ],
    [{ name: 'K', retention: { aggregates: 300 } }, 'retention.aggregates must not be shorter than rows'],
    ['{"name": "K",\n"retention": {},\n"retention": {"reports": 9}}', 'line 3: retention is there twice'],
    [`{"name": "${'K'.repeat(65_536)}"}`, 'it has more than 65536 characters'],
  ])('%j is rejected with the name of the file and the line', (file, problem) => {
    expect(() => read(file)).toThrow(
      `Product file kestrel.json: ${problem.startsWith('line') ? problem : ''}`,
    )
    expect(() => read(file)).toThrow(problem)
    expect(() => read(file)).toThrow(CrashError)
  })

  test('a misspelled retention is an error, as is every other unknown key, each with its line', () => {
    expect(() => read({ name: 'K', retentoin: { reports: 10 }, bug_link: [] })).toThrow(
      /^Product file kestrel\.json: line 3: retentoin is unknown; allowed are .*retention; line 6: bug_link is unknown/,
    )
  })

  test('more than five problems are counted', () => {
    const unknown = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x${i}`, 0]))
    expect(() => read({ name: 'K', ...unknown })).toThrow(/line 7: x4 is unknown[^;]*; [^;]*; and 3 more$/)
  })

  test.each([
    'Kestrel.json',
    'kes trel.json',
    'kestrel.v2.json',
    '.json',
    'késtrel.json',
    'kestrel',
    '../k.json',
  ])('a file named %s is rejected: its name is part of paths', (name) => {
    expect(() => read({ name: 'Kestrel' }, name)).toThrow(
      `Product file ${name}: its file name must consist of`,
    )
  })
})

describe('the schema of product files', () => {
  const schema = productSchema() as { properties?: Record<string, unknown> }

  test('describes every property, and only those', () => {
    expect(Object.keys(schema.properties!).sort()).toEqual(Object.keys(full).sort())
    for (const property of Object.values(schema.properties!))
      expect(property).toMatchObject({ description: expect.stringMatching(/\.$/) })
  })
})
