import { expect, test } from 'vitest'
import { clientFamily } from '../../../edge/api/client-family.ts'

test.each([
  ['crashstats-tools/1.0', 'crashstats-tools'],
  ['my crashstats-tools', 'other'],
  ['python-requests/2 (siggen)', 'siggen'],
  ['LibMozData/1', 'libmozdata'],
  ['mayday/1', 'mayday'],
  ['not mayday', 'other'],
  ['python-requests/2.3', 'python'],
  ['python-urllib3/2.3', 'python'],
  ['python-httpx/0.1', 'python'],
  ['Python-urllib/3.12', 'python'],
  ['python-other', 'other'],
  ['curl/8', 'curl'],
  ['Wget/1', 'curl'],
  ['curly', 'other'],
  ['Mozilla/5.0', 'browser'],
  ['Mozilla', 'other'],
  [`${'x'.repeat(194)}siggen`, 'siggen'],
  [`${'x'.repeat(195)}siggen`, 'other'],
  ['', 'none'],
])('%j is counted as %s', (agent, family) => {
  expect(clientFamily(new Headers({ 'user-agent': agent }))).toBe(family)
})

test('a client without a name is counted as none', () => {
  expect(clientFamily(new Headers())).toBe('none')
})
