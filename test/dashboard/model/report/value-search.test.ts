import { expect, test } from 'vitest'
import { valueSearch } from '../../../../dashboard/model/report/value-search.ts'
import { openLimits } from '../../../../shared/search/parameters/options.ts'
import { parseQuery } from '../../../../shared/search/parameters/parse.ts'

test.each([
  ['version', '102.0', '/search/?version=102.0'],
  ['os_name', 'Windows NT', '/search/?platform=Windows+NT'],
  ['signature', '~a', '/search/?signature=%3D%7Ea'],
  ['signature', 'x'.repeat(300), `/search/?signature=%3D${'x'.repeat(300)}`],
  ['startup_crash', true, '/search/?startup_crash=true'],
  ['uptime', 60, '/search/?uptime=60'],
])('%s is %j: %s', (field, value, href) => {
  expect(valueSearch(field, value)).toBe(href)
  const { search } = new URL(href, 'https://m.example')
  const options = { now: 0, protected: 'refuse', unknown: 'refuse', limits: openLimits } as const
  expect(parseQuery(new URLSearchParams(search), options)).toHaveProperty('query')
})

test.each([
  ['url', 'https://x'],
  ['user_comments', 'text'],
  ['__proto__', 'a'],
  ['uuid', 'a'],
  ['version', ''],
  ['version', null],
  ['version', '!1'],
  ['addons', ['a']],
  ['signature', 'x'.repeat(301)],
])('%s is %j: no filter can', (field, value) => {
  expect(valueSearch(field, value)).toBeNull()
})
