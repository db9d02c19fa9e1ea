// Parameters that a page does not use are named.
import { expect, test } from 'vitest'
import { unusedParameters } from '../../../dashboard/model/parameters.ts'

const unused = (query: string) =>
  unusedParameters(new URLSearchParams(query), ['product', 'version']).map(({ name, value, why }) => [
    `${name}=${value}`,
    why !== '',
  ])

test.each([
  ['product=A&version=1&version=2', []],
  ['product=A&process_type=any&page=2&_columns=date', []],
  ['_tcbs_mode=byday', [['_tcbs_mode=byday', true]]],
  ['date=%3E2026-01-01', [['date=>2026-01-01', true]]],
  [
    'nonsense=1&product=A&constructor=2',
    [
      ['nonsense=1', false],
      ['constructor=2', false],
    ],
  ],
])('%s', (query, names) => expect(unused(query)).toEqual(names))

test('a URL of any length is named in bounds', () => {
  const query = new URLSearchParams(Array.from({ length: 500 }, (_, n) => [`p${n}`, 'x'.repeat(500)]))
  const all = unusedParameters(query, [])
  expect(all).toHaveLength(20)
  expect(all[0]!.value).toHaveLength(60)
})
