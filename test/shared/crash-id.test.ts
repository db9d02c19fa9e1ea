// Crash IDs: the reference vectors, and the meaning of identity.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identifyReport, isCrashId, makeCrashId, parseCrashId } from '../../shared/crash-id.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'

const sha = (digit: string) => digit.repeat(64)
const dumps = [{ name: 'upload_file_minidump', size: 8, sha256hex: sha('a') }]
const annotations = { ProductName: 'Test', Version: '1.0', Comments: 'é' }
const key = 'test key'
const now = new Date('2016-10-04T12:00:00Z')
const { hmacSha256: hmac } = nodeCodecs

const idOf = (input: Partial<Parameters<typeof identifyReport>[0]>) =>
  makeCrashId(identifyReport({ dumps, annotations, key, hmac, ...input }), { digit: 0, now })

describe('isCrashId', () => {
  test.each([
    ['', false],
    ['aaa', false],
    ['de1bb258cbbf4589a67334f800160918', false],
    ['DE1BB258-CBBF-4589-A673-34F800160918', false],
    ['aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', false],
    ['00000000-0000-0000-0000-000000000000', true],
    ['de1bb258-cbbf-4589-a673-34f800160918', true],
    ['de1bb258-cbbf-4589-a673-34f801160918', true],
    ['de1bb258-cbbf-4589-a673-34f802160918', false],
    ['de1bb258-cbbf-4589-a673-34f800160918\n', false],
  ])('returns for %j: %s', (text, expected) => {
    expect(isCrashId(text)).toBe(expected)
  })

  test('accepts any verdict on request', () => {
    expect(isCrashId('de1bb258-cbbf-4589-a673-34f802160918', { anyDigit: true })).toBe(true)
    expect(isCrashId(null, { anyDigit: true })).toBe(false)
  })
})

describe('parseCrashId', () => {
  test('returns verdict and day, with or without the display prefix', () => {
    const parsed = { crashId: 'de1bb258-cbbf-4589-a673-34f802160918', digit: 2, date: '2016-09-18' }
    expect(parseCrashId('de1bb258-cbbf-4589-a673-34f802160918')).toEqual(parsed)
    expect(parseCrashId('bp-de1bb258-cbbf-4589-a673-34f802160918')).toEqual(parsed)
  })

  test.each(['999999', '230229', '000000', '161301'])('has no date for the digits %s', (digits) => {
    expect(parseCrashId(`de1bb258-cbbf-4589-a673-34f800${digits}`).date).toBeNull()
  })

  test('rejects anything else', () => {
    expect(() => parseCrashId('../../etc/passwd')).toThrow(expect.objectContaining({ code: 'bad-crash-id' }))
  })
})

describe('makeCrashId', () => {
  test('writes digit and date', async () => {
    const identity = identifyReport({ dumps, annotations, key, hmac })
    const old = new Date('2011-09-06T00:00:00Z')
    expect(parseCrashId(makeCrashId(identity, { digit: 1, now: old }))).toMatchObject({
      digit: 1,
      date: '2011-09-06',
    })
    expect(makeCrashId(identity, { digit: 0, now: old }).slice(-7)).toBe('0110906')
    expect(parseCrashId(makeCrashId(identity, { digit: 0, now })).date).toBe('2016-10-04')
  })

  test('is always a valid UUID of version 8 that isCrashId accepts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), async (any, secret) => {
        const id = idOf({ annotations: any, key: `k${secret}` })
        expect(isCrashId(id)).toBe(true)
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      }),
      { numRuns: 50 },
    )
  })

  test('differs only in the date on another day', async () => {
    const identity = identifyReport({ dumps, annotations, key, hmac })
    const one = makeCrashId(identity, { digit: 0, now })
    const two = makeCrashId(identity, { digit: 0, now: new Date('2016-10-05T00:00:00Z') })
    expect(one.slice(0, 30)).toBe(two.slice(0, 30))
    expect(one).not.toBe(two)
  })
})

describe('identifyReport', () => {
  test('equals the HMAC in FORMATS.md, computed by another implementation', async () => {
    const secret = { name: 'HMAC', hash: 'SHA-256' }
    const imported = await crypto.subtle.importKey('raw', Buffer.from(key), secret, false, ['sign'])
    const text = JSON.stringify([
      'mayday report 1',
      [['upload_file_minidump', sha('a')]],
      [
        ['Comments', 'é'],
        ['ProductName', 'Test'],
        ['Version', '1.0'],
      ],
    ])
    const mac = await crypto.subtle.sign('HMAC', imported, Buffer.from(text))
    const { material } = identifyReport({ dumps, annotations, key, hmac })
    expect(Buffer.from(material).toString('hex')).toBe(Buffer.from(mac, 0, 16).toString('hex'))
  })

  test('is the same for the same content in another order, ignoring empty files and volatile annotations', async () => {
    const more = [...dumps, { name: 'memory_report', size: 3, sha256hex: sha('b') }]
    const expected = idOf({ dumps: more })
    expect(idOf({ dumps: more.toReversed() })).toBe(expected)
    expect(idOf({ dumps: [...more, { name: 'empty', size: 0, sha256hex: sha('c') }] })).toBe(expected)
    const reordered = { Comments: 'é', Version: '1.0', ProductName: 'Test' }
    const resent = { ...reordered, Throttleable: '0', SubmittedFrom: 'Client', SubmittedFromInfobar: '1' }
    expect(idOf({ dumps: more, annotations: resent })).toBe(expected)
  })

  test.each([
    ['another dump', { dumps: [{ ...dumps[0]!, sha256hex: sha('b') }] }],
    ['another name', { dumps: [{ ...dumps[0]!, name: 'other' }] }],
    ['another annotation', { annotations: { ...annotations, Comments: 'e' } }],
    ['a number for a text', { annotations: { ...annotations, Version: 1 } }],
    ['another secret', { key: 'another' }],
    ['names and values that are equal only when joined', { annotations: { ProductName: 'TestVersion1.0' } }],
  ])('differs for %s', async (_, change) => {
    expect(idOf(change)).not.toBe(idOf({}))
  })

  test('is random without a non-empty dump', async () => {
    const empty = [{ name: 'upload_file_minidump', size: 0, sha256hex: sha('e') }]
    expect(idOf({ dumps: [] })).not.toBe(idOf({ dumps: [] }))
    expect(idOf({ dumps: empty })).not.toBe(idOf({ dumps: empty }))
    const random = (bytes: Uint8Array) => bytes.fill(255)
    expect(idOf({ dumps: [], random })).toBe('ffffffff-ffff-8fff-bfff-fffff0161004')
  })
})

describe('draw', () => {
  const identities = Array.from({ length: 4000 }, (_, i) =>
    identifyReport({ dumps, annotations: { i }, key, hmac }),
  )

  test('is repeatable for the same report and in [0, 100)', async () => {
    const [one, two] = [0, 1].map(() => identifyReport({ dumps, annotations, key, hmac }))
    expect(one!.draw('rule')).toBe(two!.draw('rule'))
    for (const identity of identities) {
      const value = identity.draw('is_firefox_desktop')
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThan(100)
    }
  })

  test.each(['is_firefox_desktop', 'a', ''])('is uniform for rule %j', async (rule) => {
    const bins = new Array<number>(10).fill(0)
    for (const identity of identities) bins[Math.floor(identity.draw(rule) / 10)]!++
    const chiSquare = bins.reduce((sum, n) => sum + (n - 400) ** 2 / 400, 0)
    expect(chiSquare).toBeLessThan(33.7) // 9 degrees of freedom: p = 0.0001
  })

  test.each([
    ['is_shutdownkill', 'is_firefox_desktop'],
    ['a', 'b'],
    ['rule1', 'rule2'],
  ])('is independent between the rules %s and %s', async (first, second) => {
    let both = 0
    for (const identity of identities) if (identity.draw(first) < 10 && identity.draw(second) < 50) both++
    expect(both).toBeGreaterThan(200 - 5 * 14)
    expect(both).toBeLessThan(200 + 5 * 14)
  })
})
