import { describe, expect, test } from 'vitest'
import { addressKey, clientOf } from '../../../edge/lib/client-address.ts'
import { createRateLimiter } from '../../../edge/runtime/rate-limit.ts'

describe('the key of an address', () => {
  test.each<[text: string, key: string]>([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:4711', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['[::ffff:192.0.2.7]:80', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [`fe80::1%${'a'.repeat(72)}`, 'fe80:0:0:0::/64'],
    [`fe80::1%${'a'.repeat(73)}`, 'unknown'],
    ...[
      '',
      'unknown',
      '_hidden',
      '192.0.2',
      '0x7f.1',
      '0300.0.2.7',
      '192.0.2.256',
      '1::2::3',
      'x'.repeat(100_000),
    ].map((text): [string, string] => [text, 'unknown']),
  ])('%.40s', (text, key) => {
    expect(addressKey(text)).toBe(key)
  })
})

describe('the client of a request', () => {
  const direct = { clientAddressHeader: null, trustedProxyHops: 1 }
  const proxied = (trustedProxyHops: number, clientAddressHeader = 'X-Forwarded-For') => ({
    clientAddressHeader,
    trustedProxyHops,
  })
  const given = (list?: string, name = 'x-forwarded-for') =>
    new Headers(list === undefined ? {} : { [name]: list })

  test.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    [null, true],
    ['192.0.2.7', false],
    ['::ffff:192.0.2.7', false],
    ['127.0.0.1.evil', false],
    ['unknown', false],
  ])('without proxies is the peer; %s is local: %s', (peer, local) => {
    expect(clientOf(given('127.0.0.1'), peer, direct).local).toBe(local)
  })

  test.each([
    ['the proxy appends the peer', '198.51.100.1, 192.0.2.7', 1, '192.0.2.7'],
    ['earlier entries come from the client', '127.0.0.1, 127.0.0.1, 192.0.2.7', 1, '192.0.2.7'],
    ['two proxies', '198.51.100.1, 192.0.2.7, 203.0.113.5', 2, '192.0.2.7'],
    ['fewer entries than proxies', '192.0.2.7', 3, '192.0.2.7'],
    ['ports and spaces', '  192.0.2.7:99  ', 1, '192.0.2.7'],
    ['an empty entry', '192.0.2.7,', 1, 'unknown'],
    ['nonsense', 'constructor', 1, 'unknown'],
    ['nothing', '', 1, 'unknown'],
  ])('behind proxies: %s', (_name, list, hops, key) => {
    expect(clientOf(given(list), '127.0.0.1', proxied(hops))).toEqual({
      local: false,
      fromThisMachine: true,
      key,
    })
  })

  test('may be in the standard header Forwarded', () => {
    const list = 'for=198.51.100.1, for="[2001:db8:1:2::9]:4711";proto=https;by=203.0.113.43'
    expect(clientOf(given(list, 'forwarded'), '127.0.0.1', proxied(1, 'Forwarded')).key).toBe(
      '2001:db8:1:2::/64',
    )
  })

  test('is the peer when the proxy sends no header', () => {
    expect(clientOf(given(), '127.0.0.1', proxied(1))).toEqual({
      local: true,
      fromThisMachine: true,
      key: '127.0.0.1',
    })
    expect(clientOf(given(), '192.0.2.7', proxied(1))).toEqual({
      local: false,
      fromThisMachine: false,
      key: '192.0.2.7',
    })
  })

  test('cannot raise its rate with additional entries in the header', () => {
    const limiter = createRateLimiter(3, () => 0)
    const allowed = Array.from({ length: 10 }, (_, i) =>
      limiter.take(clientOf(given(`${i}.0.0.1, 192.0.2.7:${i}`), '127.0.0.1', proxied(1)).key),
    )
    expect(allowed.filter(Boolean)).toHaveLength(3)
  })
})
