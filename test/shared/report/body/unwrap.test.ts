// Wrapped minidumps: which are unwrapped, which stay, and that no data is lost.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeCodecs } from '../../../../shared/codecs/codecs.node.ts'
import { defaultLimits, type SubmissionLimits } from '../../../../shared/report/refusals.ts'
import { contentOf } from '../../../../shared/report/body/encoded-dump.ts'
import { readMultipart } from '../../../../shared/report/submission.ts'
import { unwrapDumps } from '../../../../shared/report/body/unwrap.ts'
import {
  boundary,
  concat,
  F,
  fakeDump,
  gzip,
  J,
  multipart,
  type PartSpec,
  submitRequest,
  T,
} from '../../../support/crash-request.ts'
import { createRandom, mutate } from '../../../support/mutate.ts'
import { createTestEdge } from '../../../edge/edge.support.ts'

async function read(parts: readonly PartSpec[], limits: Partial<SubmissionLimits> = {}) {
  const all = { ...defaultLimits, ...limits }
  const reader = readMultipart(boundary, { codecs: nodeCodecs, limits: all })
  reader.write(multipart(parts))
  const { annotations, notes, dumps, replaced, payload } = await unwrapDumps(reader.finish(), {
    codecs: nodeCodecs,
    limits: all,
  })
  const files = dumps.map((dump) => [dump.name, concat(...contentOf(dump, nodeCodecs))] as const)
  const values = {
    annotations: Object.fromEntries(annotations),
    replaced: Object.fromEntries(replaced),
    payload,
  }
  return { ...values, notes, files: Object.fromEntries(files), dumps }
}

const dump = fakeDump(300_000, 3)
const main = 'upload_file_minidump'
const inner = (parts: readonly PartSpec[]) => multipart(parts, { boundary: 'inner boundary "1"' })
const a = T('a', '1')

describe('a minidump', () => {
  test('sent as gzip is unpacked', async () => {
    const { files, notes, dumps } = await read([
      a,
      F(main, gzipSync(dump)),
      F(`${main}_browser`, gzipSync('MDMPx')),
    ])
    expect(files).toEqual({ [main]: dump, [`${main}_browser`]: new TextEncoder().encode('MDMPx') })
    expect(notes).toEqual([`unwrapped gzip: ${main}`, `unwrapped gzip: ${main}_browser`])
    const plain = await read([a, F(main, dump)])
    expect(dumps[0]).toMatchObject({ size: dump.length, sha256hex: plain.dumps[0]!.sha256hex })
  })

  test('in a multipart body is unwrapped, with other files and new annotations', async () => {
    const body = inner([T('a', 'other'), T('b', '2'), J({ c: 3 }), T('d', '4'), F('log', 'x'), F(main, dump)])
    const { annotations, files, notes } = await read([a, F(main, body)])
    expect(annotations).toEqual({ a: '1', c: 3, d: '4' })
    expect(files).toEqual({ [main]: dump, log: new TextEncoder().encode('x') })
    expect(notes).toEqual([
      `unwrapped multipart: ${main}`,
      'includes annotations in both json-encoded extra and formdata parts',
    ])
  })

  test('in a multipart body adds what its parts replace, and what replaces them', async () => {
    const body = inner([T('b', '1'), T('b', '2'), T('a', 'other'), T('same', 'x'), F(main, dump)])
    const found = await read([a, T('same', 'x'), F(main, body)])
    expect(found).toMatchObject({ annotations: { a: '1', b: '2', same: 'x' }, payload: 'multipart' })
    expect(found.replaced).toEqual({ a: 'other', b: '1' })
    const asJson = await read([a, F(main, inner([J({ c: 3 }), F(main, dump)]))])
    expect([asJson.payload, asJson.replaced]).toEqual(['json', {}])
  })

  test('under another name inside gets the outer name', async () => {
    const edge = createTestEdge()
    const body = multipart([a, F(`${main}_gpu`, inner([F('dump', dump)]))])
    const { text } = await edge.ask(submitRequest(body))
    const [report] = [...(await edge.stored()).values()]
    expect(report!.dumps).toEqual([{ name: `${main}_gpu`, bytes: dump }])
    const plain = createTestEdge()
    expect((await plain.ask(submitRequest(multipart([a, F(`${main}_gpu`, dump)])))).text).toBe(text)
  })

  test('wrapped three times is unwrapped, four times is not', async () => {
    const three = gzipSync(inner([F(main, gzipSync(dump))]))
    expect((await read([a, F(main, three)])).files).toEqual({ [main]: dump })
    const four = await read([a, F(main, gzipSync(three))])
    expect(four.files).toEqual({ [main]: new Uint8Array(gzipSync(dump)) })
    expect(four.notes).toHaveLength(3)
  })

  const damaged: [string, Uint8Array, Partial<SubmissionLimits>?][] = [
    ['truncated gzip', gzipSync(dump).subarray(0, 5000)],
    ['gzip of nothing', Uint8Array.of(0x1f, 0x8b)],
    ['gzip beyond the limit', gzipSync(dump), { maxInflatedBytes: dump.length - 1 }],
    [
      'gzip with extreme inflation',
      gzipSync(new Uint8Array(1_000_000)),
      { maxRatio: 2, ratioFreeBytes: 1000 },
    ],
    ['a truncated body', inner([F(main, dump)]).subarray(0, 1000)],
    ['a body without a file', inner([T('b', '2')])],
    ['a body with too many parts', inner([T('b', '2'), T('c', '2'), F(main, dump)]), { maxParts: 2 }],
    ['two dashes', new TextEncoder().encode('--')],
  ]
  test.each(damaged)('stays unchanged, with a note, when it is %s', async (_, bytes, limits) => {
    const { files, notes, annotations } = await read([a, F(main, bytes)], limits)
    expect(files).toEqual({ [main]: new Uint8Array(bytes) })
    expect(notes).toEqual([
      expect.stringMatching(/^could not unwrap (gzip|multipart): upload_file_minidump$/),
    ])
    expect(annotations).toEqual({ a: '1' })
  })

  test('and others together inflate to no more than a body may', async () => {
    const zipped = new Uint8Array(gzipSync(dump))
    const { files, notes } = await read([a, F(main, zipped), F(`${main}_gpu`, zipped)], {
      maxInflatedBytes: 2 * dump.length - 1,
    })
    expect(files).toEqual({ [main]: dump, [`${main}_gpu`]: zipped })
    expect(notes).toEqual([`unwrapped gzip: ${main}`, `could not unwrap gzip: ${main}_gpu`])
  })

  test('with any damage is kept, wrapped or not', async () => {
    const bodies = [
      new Uint8Array(gzipSync(dump.subarray(0, 2000))),
      inner([T('b', '2'), F(main, dump.subarray(0, 2000))]),
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bodies), fc.nat(), async (body, seed) => {
        const bytes = mutate(body, createRandom(seed))
        const { files, annotations } = await read([a, F(main, bytes)])
        expect(annotations.a).toBe('1')
        expect(Object.keys(files)).toContain(main)
      }),
      { numRuns: 300 },
    )
  })
})

test('other files stay unchanged', async () => {
  const zipped = new Uint8Array(gzipSync('x'))
  const { files, notes } = await read([a, F('memory_report', zipped), F('log', inner([a]))])
  expect(files).toEqual({ memory_report: zipped, log: inner([a]) })
  expect(notes).toEqual([])
})

test('unwrapping counts as memory', async () => {
  const edge = createTestEdge({ BUDGET_MB: '1' })
  const noise = new Uint8Array(900_000)
  for (let at = 0; at < noise.length; at += 60_000) crypto.getRandomValues(noise.subarray(at, at + 60_000))
  const held: number[] = []
  const open = edge.deps.budget.open
  edge.deps.budget.open = () => {
    const share = open()
    const hold = (bytes: number) => {
      held.push(bytes)
      share.hold(bytes)
    }
    return { ...share, hold }
  }
  const body = multipart([a, F(main, await gzip(noise))])
  expect((await edge.ask(submitRequest(body))).status).toBe(200)
  expect(Math.max(...held)).toBeGreaterThan(1_700_000)
  expect(edge.deps.budget.heldBytes).toBe(0)
})
