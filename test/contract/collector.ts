// Test vectors of Socorro's collector, as functions that any runtime can call: the request, the expected response and
// stored report. Where Mayday deliberately accepts more (docs/collector-differences.md), the vector expects Mayday's result.
import { deepStrictEqual as equal, match, rejects, throws } from 'node:assert/strict'
import type { StoredReport } from '../../shared/crash.ts'
import { identifyReport, isCrashId, makeCrashId, parseCrashId } from '../../shared/crash-id.ts'
import { rawKey } from '../../shared/keys.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { encodeMultipart, fieldType, fileType } from '../../shared/report/encode.ts'
import { readStoredReport } from '../../shared/report/stored.ts'
import { sanitizeDumpName } from '../../shared/report/file-names.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { parsePolicy } from '../../shared/throttle/policy.ts'
import { presets } from '../../shared/throttle/presets.ts'
import { throttle } from '../../shared/throttle/throttle.ts'
import {
  boundary,
  bytesOf,
  concat,
  F,
  gzip,
  J,
  multipart,
  type PartSpec,
  submitRequest,
  T,
} from '../support/crash-request.ts'
import { contentVectors } from './content-vectors.ts'
import { hostileVectors } from './hostile-vectors.ts'
import { acceptedVectors, refusedVectors } from './submission-vectors.ts'
import { throttleNow, throttleVectors } from './throttle-vectors.ts'
import { accept, type EdgeUnderTest, refused, type Vector, vector, vectorToken } from './vector.ts'

const main = F('upload_file_minidump')
const firefox: readonly PartSpec[] = [T('ProductName', 'Firefox'), T('Version', '1.0'), main]
const firefoxBody = multipart(firefox)
const gzipHeader = { headers: { 'content-encoding': 'gzip' } }
const bearer = { headers: { authorization: `Bearer ${vectorToken}` } }
const anId = 'de1bb258-cbbf-4589-a673-34f800160918'

const collectorKeys: readonly string[] = ['metadata', 'submitted_timestamp', 'uuid', 'version']

const partVectors: Vector[] = [
  ...acceptedVectors.map(([name, parts, expected]) =>
    vector(name, async (open) => {
      const { rawCrash, dumps } = await accept(await open(), multipart(parts))
      const { collector_notes: notes, payload } = rawCrash.metadata
      const annotations = Object.entries(rawCrash).filter(([key]) => !collectorKeys.includes(key))
      equal(Object.fromEntries(annotations), { ...expected.annotations })
      equal([notes, payload], [expected.notes ?? [], expected.payload ?? 'multipart'])
      if (expected.dumps)
        equal(
          dumps.map((dump) => dump.name),
          expected.dumps,
        )
    }),
  ),
  ...refusedVectors.map(([name, parts, reason]) => refused(name, reason, () => multipart(parts))),
]

/** The content of one part with its own header lines, then the parts of `after`. */
const withPart = (header: string, content: string, after: readonly PartSpec[] = []) =>
  concat(`--${boundary}\r\n${header}\r\n\r\n${content}\r\n`, multipart(after))
const lineFeeds = (body: Uint8Array) => bytesOf(new TextDecoder().decode(body).replaceAll('\r\n', '\n'))

const wireVectors: Vector[] = [
  vector('a submission is stored in full', async (open) => {
    const { rawCrash, dumps, id } = await accept(await open(), firefoxBody)
    equal(
      dumps.map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]),
      [['upload_file_minidump', 'abcd1234']],
    )
    const { submitted_timestamp, ...others } = rawCrash
    match(submitted_timestamp, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/)
    equal(JSON.parse(JSON.stringify(others)), {
      ProductName: 'Firefox',
      Version: '1.0',
      metadata: {
        collector_notes: [],
        dump_checksums: {
          upload_file_minidump: 'e9cee71ab932fde863338d08be4de9dfe39ea049bdafb342ce659ec5450b69ae',
        },
        payload: 'multipart',
        payload_compressed: '0',
        payload_size: firefoxBody.length,
        throttle: { rule: 'accept_everything', percent: 100, weight: 1 },
        throttle_rule: 'accept_everything',
        user_agent: 'wow',
      },
      uuid: id,
      version: 2,
    })
  }),
  vector('multipart/mixed and gzip are accepted', async (open) => {
    const edge = await open()
    const plain = await accept(edge, firefoxBody, { contentType: `multipart/mixed; boundary=${boundary}` })
    equal(plain.rawCrash.metadata.payload_compressed, '0')
    // Equal content gets the same crash ID and is stored once, so the zipped report needs another annotation.
    const body = await gzip(multipart([...firefox, T('zipped', '1')]))
    const { metadata } = (await accept(edge, body, gzipHeader)).rawCrash
    equal([metadata.payload_compressed, metadata.payload_size], ['1', body.length])
  }),
  refused('another type', 'wrong_content_type', () => firefoxBody, { contentType: 'application/json' }),
  refused('no type', 'no_content_type', () => firefoxBody, { contentType: null }),
  refused('no boundary', 'no_boundary', () => firefoxBody, { contentType: 'multipart/form-data' }),
  refused('only the closing delimiter', 'no_annotations', () => bytesOf(`--${boundary}--\r\n`)),
  refused('gzip without its header', 'invalid_payload_structure', () => gzip(firefoxBody)),
  refused('the header without gzip', 'bad_gzip', () => firefoxBody, gzipHeader),
  refused('gzip cut off', 'bad_gzip', async () => (await gzip(firefoxBody)).subarray(0, -9), gzipHeader),
  refused('JSON that is not UTF-8', 'invalid_json', () =>
    concat(
      `--${boundary}\r\nContent-Disposition: form-data; name="extra"\r\nContent-Type: application/json\r\n\r\n{"a":"`,
      Uint8Array.of(0xff),
      `"}\r\n--${boundary}--\r\n`,
    ),
  ),
  vector('a field over 20 MiB is omitted with a note', async (open) => {
    const long = new Uint8Array(20 * 1024 * 1024 + 1).fill(0x78)
    const { rawCrash } = await accept(await open(), multipart([T('ok', '1'), T('long', long), main]))
    equal('long' in rawCrash, false)
    equal(rawCrash.metadata.collector_notes, ['extract payload text part exception: body part is too large'])
  }),
  ...[
    ['an unquoted name', 'Content-Disposition: form-data; name=a'],
    ['a header name in lower case', 'content-disposition: form-data; name="a"'],
    ['another disposition', 'Content-Disposition: attachment; name="a"'],
    ['no space after the colon: accepted by Mayday', 'Content-Disposition:form-data; name="a"'],
    [
      'part headers of 9,000 bytes: taken here',
      `X: ${'x'.repeat(9000)}\r\nContent-Disposition: form-data; name="a"`,
    ],
  ].map(([name, header]) =>
    vector(name!, async (open) => {
      const { rawCrash } = await accept(await open(), withPart(header!, '1', [main]))
      equal(new Map(Object.entries(rawCrash)).get('a'), '1')
    }),
  ),
  vector('line feeds alone are accepted here', async (open) => {
    const { rawCrash, dumps } = await accept(await open(), lineFeeds(firefoxBody))
    equal([rawCrash.ProductName, dumps.length], ['Firefox', 1])
  }),
  refused('no closing delimiter', 'invalid_payload_structure', () =>
    firefoxBody.subarray(0, -`--${boundary}--\r\n`.length),
  ),
  refused('another boundary', 'invalid_payload_structure', () => firefoxBody, { boundary: 'other' }),
  refused('part headers of 17,000 bytes', 'part_header_too_large', () =>
    withPart(`X: ${'x'.repeat(17_000)}`, ''),
  ),
  refused('junk', 'invalid_payload_structure', () => bytesOf('junk')),
  refused('an empty body', 'no_content_length', () => new Uint8Array(0)),
  refused('20 bytes of more', 'invalid_payload_structure', () => firefoxBody.subarray(0, 20)),
  vector('a body of 25 MiB passes', async (open) => {
    const { dumps } = await accept(await open(), bodyOf25MiB())
    equal(dumps[0]!.bytes.length > 24 * 1024 * 1024, true)
  }),
  refused('one byte more, announced', 'body_too_large', () => concat(bodyOf25MiB(), 'x')),
  refused('one byte more, not announced', 'body_too_large', () => concat(bodyOf25MiB(), 'x'), {
    chunkSize: 1 << 20,
  }),
  vector('an annotation with the name of a collector key is shadowed here', async (open) => {
    const parts = [T('metadata', 'm'), T('version', '7'), T('submitted_timestamp', 't'), main]
    const { rawCrash } = await accept(await open(), multipart(parts))
    equal(rawCrash.version, 2)
    equal({ ...rawCrash.metadata.shadowed }, { metadata: 'm', submitted_timestamp: 't', version: '7' })
  }),
  vector('annotations that must not be stored are removed, with one note each', async (open) => {
    const names = ['Email', 'TelemetryClientId', 'TelemetryServerURL', 'TelemetrySessionId']
    const { rawCrash } = await accept(
      await open(),
      multipart([...firefox, ...names.map((name) => T(name, 'secret'))]),
    )
    equal(
      names.filter((name) => name in rawCrash),
      [],
    )
    equal(
      rawCrash.metadata.collector_notes,
      names.map((name) => `Removed ${name} from raw crash.`),
    )
  }),
]

function bodyOf25MiB(): Uint8Array {
  const shell = multipart([T('a', '1'), F('f', '')]).length
  return multipart([T('a', '1'), F('f', new Uint8Array(25 * 1024 * 1024 - shell))])
}

const withId = (id: unknown, product = 'Firefox') => multipart([J({ ProductName: product, uuid: id }), main])
const authorize = (authorization: string) => ({ headers: { authorization } })

const authorityVectors: Vector[] = [
  vector('an id with the token is used', async (open) => {
    const { id, rawCrash } = await accept(await open(), withId(anId), bearer)
    equal([id, rawCrash.uuid], [anId, anId])
  }),
  // Names of authentication schemes do not depend on case (RFC 9110 §11.1).
  vector('an id with the token after a scheme in lower case is used by Mayday', async (open) => {
    const { id } = await accept(await open(), withId(anId), authorize(`bearer ${vectorToken}`))
    equal(id, anId)
  }),
  ...(
    [
      ['without a token', {}],
      ['with another token', authorize(`Bearer x${vectorToken}`)],
      ['with none configured', bearer, { SUBMIT_TOKEN: '' }],
    ] as const
  ).map(([name, options, settings]) =>
    vector(`${name} is stored with a generated ID by Mayday`, async (open) => {
      const { id, rawCrash } = await accept(await open(settings), withId(anId), options)
      equal([id === anId, rawCrash.uuid, rawCrash.metadata.shadowed?.uuid], [false, id, anId])
    }),
  ),
  refused('a crash ID that is not one', 'invalid_uuid', () => withId('456'), bearer),
  vector('an unsupported product is rejected by its rule in Mayday', async (open) => {
    const edge = await open({ MAYDAY_POLICY: 'mozilla' })
    const { status, text } = await edge.ask(submitRequest(withId(anId, 'unknown')))
    equal([status, text], [200, 'Discarded=rule_unsupported_product'])
  }),
]

const throttleWireVectors: Vector[] = [
  vector('a rejected report names its rule', async (open) => {
    const edge = await open({ MAYDAY_POLICY: 'mozilla' })
    const { status, text } = await edge.ask(submitRequest(multipart([T('ProductName', 'testproduct'), main])))
    equal([status, text], [200, 'Discarded=rule_unsupported_product'])
  }),
  vector('b2g gets a crash ID of digit 3, and nothing is stored', async (open) => {
    const edge = await open({ MAYDAY_POLICY: 'mozilla' })
    const { status, text } = await edge.ask(submitRequest(multipart([T('ProductName', 'b2g'), main])))
    equal(status, 200)
    const id = /^CrashID=bp-([0-9a-f-]{29}3\d{6})\n$/.exec(text)?.[1]
    equal(await edge.crashes.head(rawKey(id!)), null)
  }),
]

const storeVectors: Vector[] = [
  vector('a report is stored as one object and nothing else', async (open) => {
    const edge = await open()
    const { id } = await accept(edge, multipart([...firefox, T('K', crypto.randomUUID())]))
    const keys: string[] = []
    for await (const { key } of edge.crashes.list('')) if (key.includes(id)) keys.push(key)
    equal(keys, [`raw/20${id.slice(-6)}/${id}`])
  }),
  vector('a crash ID without a report gives null and 404', async (open) => {
    const edge = await open()
    equal(await edge.crashes.get(rawKey(anId.replace('de1b', '0000'))), null)
    const url = `http://localhost/api/report/${anId.replace('de1b', '0000')}`
    equal((await edge.ask(new Request(url))).status, 404)
  }),
  vector('an unknown path gives 404 as JSON', async (open) => {
    const { status, headers } = await (await open()).ask(new Request('http://localhost/api/foo'))
    equal([status, headers.get('content-type')?.split(';')[0]], [404, 'application/json'])
  }),
]

const pureVectors: Vector[] = [
  vector('names of files are reduced to safe characters', async () => {
    const cases: [string, string][] = [
      ['upload_file_minidump_browser', 'upload_file_minidump_browser'],
      ['upload\u0394_file_minidump', 'upload_file_minidump'],
      ['a-b.c/d', 'abcd'],
      ['../..', ''],
      ['x'.repeat(40), 'x'.repeat(30)],
    ]
    for (const [name, expected] of cases) equal(sanitizeDumpName(name), expected)
  }),
  vector('only well-formed crash IDs are valid', async () => {
    const bad = [
      '',
      'aaa',
      anId.replaceAll('-', ''),
      anId.toUpperCase(),
      'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa',
    ]
    for (const id of bad) equal([id, isCrashId(id, { anyDigit: true })], [id, false])
    equal(isCrashId('00000000-0000-0000-0000-000000000000'), true)
    const strict = ['800', '801', '802'].map((digits) => isCrashId(anId.replace('800', digits)))
    equal(strict, [true, true, false])
    equal(isCrashId(anId.replace('800', '802'), { anyDigit: true }), true)
  }),
  vector('new crash IDs contain digit and date', async () => {
    const dumps = [{ name: 'f', size: 1, sha256hex: 'a'.repeat(64) }]
    const identity = identifyReport({ dumps, annotations: {}, key: 'key', hmac: nodeCodecs.hmacSha256 })
    const made = (digit: 0 | 1, day: string) =>
      parseCrashId(makeCrashId(identity, { digit, now: new Date(`${day}T00:00:00Z`) }))
    equal([made(1, '2011-09-06').digit, made(0, '2011-09-06').digit], [1, 0])
    equal([made(0, '2011-09-06').date, made(0, '2016-10-04').date], ['2011-09-06', '2016-10-04'])
  }),
  ...throttleVectors.map((one) =>
    vector(one.name, async () => {
      const policy = { ...presets.mozilla, ...(one.allProducts && { products: [] }) }
      const draw = () => {
        if (one.draw === undefined) throw new Error('No rule should draw here')
        return one.draw
      }
      const now = new Date(one.now ?? throttleNow)
      const { result, rule, percent } = throttle(policy, one.annotations, { now, draw })
      equal([result, rule, percent], one.expected)
    }),
  ),
  vector('without rules every report is rejected', async () => {
    const { result, rule, percent } = throttle(
      { ...presets.mozilla, products: [], rules: [] },
      {},
      { now: new Date(throttleNow), draw: () => 0 },
    )
    equal([result, rule, percent], ['reject', 'NO_MATCH', 0])
  }),
  vector('a policy with an invalid rule name is refused', async () => {
    const rules = [{ name: 'o m g!', when: { kind: 'always' }, verdict: 'accept' }]
    throws(() => parsePolicy({ name: 'x', version: 1, rules }), { code: 'bad-policy' })
  }),
  vector('a submission with two fields and a file has 431 bytes', async () => {
    const body = encodeMultipart(boundary, [
      { name: 'ProjectName', contentType: fieldType, body: 'Test' },
      { name: 'Version', contentType: fieldType, body: '1.0' },
      {
        name: 'upload_file_minidump',
        filename: 'fakecrash.dump',
        contentType: fileType,
        body: bytesOf('abcd1234'),
      },
    ])
    equal(body.length, 431)
  }),
]

/** Bodies and their stored reports; they need no settings. */
export const bodyVectors: readonly Vector[] = [...partVectors, ...wireVectors, ...contentVectors]
/** Vectors that use only HTTP and the store. */
export const outerVectors: readonly Vector[] = [
  ...bodyVectors,
  ...authorityVectors,
  ...throttleWireVectors,
  ...storeVectors,
  ...hostileVectors,
]
/** Vectors that need no edge. */
export const innerVectors: readonly Vector[] = pureVectors

/** A store whose first `times` writes fail; all writes by default. */
export function failingStore(storage: Storage, times = Number.POSITIVE_INFINITY): Storage {
  let left = times
  return {
    ...storage,
    async put(key, body, options) {
      if (key.startsWith('raw/') && left-- > 0) throw new Error('no disk')
      return storage.put(key, body, options)
    },
  }
}

/** How an edge responds when its store fails; `failingStore` makes such a store. */
export const faultVectors: readonly {
  name: string
  fails?: number
  run(edge: EdgeUnderTest): Promise<void>
}[] = [
  {
    name: 'a store that keeps failing gives 500 with an empty body and stores nothing',
    async run(edge) {
      const { status, text } = await edge.ask(submitRequest(firefoxBody))
      equal([status, text], [500, ''])
      for await (const { key } of edge.crashes.list('raw/')) throw new Error(`${key} is stored`)
    },
  },
  {
    name: 'a write that fails twice is retried',
    fails: 2,
    async run(edge) {
      equal((await accept(edge, firefoxBody)).dumps.length, 1)
      await rejects(edge.report(anId))
    },
  },
]

/** Deletes all reports of a store, and reads one. Throws when it is missing. */
export async function emptyReports(crashes: Storage): Promise<void> {
  const keys: string[] = []
  for await (const { key } of crashes.list('raw/')) keys.push(key)
  await crashes.delete(keys)
}

export async function reportIn(crashes: Storage, crashId: string): Promise<StoredReport> {
  const object = await crashes.get(rawKey(crashId))
  if (!object) throw new Error(`${crashId} is not stored`)
  return readStoredReport(await object.bytes(), nodeCodecs)
}
