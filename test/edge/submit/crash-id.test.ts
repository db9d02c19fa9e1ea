// The crash ID of a report.
import { describe, expect, test } from 'vitest'
import { F, J, multipart, type SubmitOptions, submitRequest, T } from '../../support/crash-request.ts'
import { createTestEdge, submitToken, type TestEdge } from '../edge.support.ts'

const main = F('upload_file_minidump')
const firefox = [T('ProductName', 'Firefox'), T('Version', '1.0'), main]
const anId = 'de1bb258-cbbf-4589-a673-34f800160918'
const bearer = { authorization: `Bearer ${submitToken}` }

/** Submits, expects acceptance, returns the crash ID. */
async function accepted(edge: TestEdge, body: Uint8Array, options?: SubmitOptions): Promise<string> {
  const { status, text } = await edge.ask(submitRequest(body, options))
  expect([status, text]).toEqual([200, expect.stringMatching(/^CrashID=bp-[0-9a-f-]{36}\n$/)])
  return text.slice('CrashID=bp-'.length).trim()
}

async function refused(body: Uint8Array, options?: SubmitOptions, env?: Record<string, string>) {
  const edge = createTestEdge(env)
  const { status, text } = await edge.ask(submitRequest(body, options))
  expect((await edge.stored()).size).toBe(0)
  return [status, text]
}

describe('a crash ID chosen by the client', () => {
  const withId = (id: unknown) => multipart([J({ ProductName: 'Firefox', uuid: id }), main])

  test('is used when the sender is authorized, and never overwrites', async () => {
    const edge = createTestEdge()
    expect(await accepted(edge, withId(anId), { headers: bearer })).toBe(anId)
    const other = multipart([T('uuid', anId), T('ProductName', 'Other')])
    expect(await accepted(edge, other, { headers: bearer })).toBe(anId)
    expect((await edge.stored()).get(anId)!.rawCrash.ProductName).toBe('Firefox')
    expect((await edge.crashes.head(`raw/20160918/${anId}`))?.key).toBeTruthy()
  })

  test('marks its day as open if the day is over; other reports mark nothing', async () => {
    const edge = createTestEdge()
    await accepted(edge, multipart(firefox))
    await accepted(edge, withId(anId), { headers: bearer })
    await accepted(edge, withId(anId.replace('160918', '110905')), { headers: bearer })
    const marks = await Array.fromAsync(edge.crashes.list('days/'))
    expect(marks.map(({ key }) => key)).toEqual(['days/open/20110905'])
  })

  test('is an ordinary annotation from any other sender', async () => {
    const sent = async (id: unknown, authorization: string, settings = {}) => {
      const edge = createTestEdge(settings)
      const made = await accepted(edge, withId(id), { headers: { authorization } })
      const { rawCrash } = (await edge.stored()).get(made)!
      expect([made === id, rawCrash.uuid, rawCrash.metadata.shadowed]).toEqual([false, made, { uuid: id }])
    }
    const tokens = ['', `Bearer x${submitToken}`, `Basic ${submitToken}`, 'Bearer', submitToken]
    for (const authorization of tokens) await sent(anId, authorization)
    await sent(anId, bearer.authorization, { SUBMIT_TOKEN: '' })
    for (const id of [null, '456', { a: 1 }]) await sent(id, '')
  })

  test('must be valid', async () => {
    const invalid = [400, 'Discarded=malformed_invalid_uuid']
    for (const id of ['456', null, 5, ['x'], anId.replace('00160918', '02160918')]) {
      expect(await refused(withId(id), { headers: bearer })).toEqual(invalid)
    }
  })
})

describe('the key of crash IDs', () => {
  test('is a well-known development key only on localhost, and that is logged', async () => {
    const edge = createTestEdge({ CRASH_ID_KEY: '' })
    await accepted(edge, multipart(firefox))
    expect(edge.logs[0]).toMatchObject({ severity: 'warning', event: 'development_key' })
    const { status } = await edge.ask(
      submitRequest(multipart(firefox), { url: 'https://crash.example/submit' }),
    )
    expect(status).toBe(500)
    expect(edge.logs.at(-1)).toMatchObject({
      severity: 'error',
      error: expect.stringContaining('CRASH_ID_KEY'),
    })
    expect((await edge.stored()).size).toBe(1)
  })
})
