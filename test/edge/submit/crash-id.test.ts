// The crash ID of a report.
import { describe, expect, test } from 'vitest'
import { F, J, multipart, type SubmitOptions, submitRequest, T } from '../../support/crash-request.ts'
import { createTestEdge, startTime, submitToken, type TestEdge } from '../edge.support.ts'

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
  const formerKey = 'the former key of the tests'
  const former = { CRASH_ID_KEY: formerKey }
  const rotated = { CRASH_ID_KEY_PREVIOUS: formerKey }

  /** Sends a report under the former key, then again after a change of the key. */
  async function overRotation(days: number, settings = {}) {
    const before = createTestEdge(former)
    const first = await accepted(before, multipart(firefox))
    const after = createTestEdge(settings, undefined, before.crashes)
    after.setTime(new Date(startTime.getTime() + days * 86_400_000))
    const again = await accepted(after, multipart(firefox))
    const keys = (await Array.fromAsync(before.crashes.list('raw/'))).map(({ key }) => key)
    return { first, again, keys, after }
  }

  test('may change: a report sent again gets the ID it had, and is stored once', async () => {
    const { first, again, keys, after } = await overRotation(0, rotated)
    expect([again, keys]).toEqual([first, [`raw/20110906/${first}`]])
    const other = multipart([T('ProductName', 'Other'), main])
    const alone = createTestEdge()
    expect(await accepted(after, other)).toBe(await accepted(alone, other))
  })

  test.each([1, 6])('may change: %i days later only the day of the ID differs', async (days) => {
    const { first, again, keys } = await overRotation(days, rotated)
    expect([again.slice(0, 30), again === first, keys.length]).toEqual([first.slice(0, 30), false, 2])
  })

  test.each([
    ['after a week', 7, rotated],
    ['without the former key', 0, {}],
  ])('changes the ID %s', async (_name, days, settings) => {
    const { first, again } = await overRotation(days, settings)
    expect(again.slice(0, 29)).not.toBe(first.slice(0, 29))
  })

  test('that was the former one is not needed while the store fails', async () => {
    const edge = createTestEdge(rotated, (storage) => ({
      ...storage,
      head: async () => Promise.reject(new Error('down')),
    }))
    expect(await accepted(edge, multipart(firefox))).toBe(
      await accepted(createTestEdge(), multipart(firefox)),
    )
    expect(edge.logs[0]).toMatchObject({ event: 'previous_key_not_checked' })
  })

  test.each([
    ['without files', []],
    ['with empty files', [F('upload_file_minidump', new Uint8Array())]],
  ])('that was the former one is not asked about reports %s, whose IDs are random', async (_, files) => {
    let heads = 0
    const edge = createTestEdge(rotated, (storage) => ({
      ...storage,
      head: (key) => {
        heads++
        return storage.head(key)
      },
    }))
    await accepted(edge, multipart([T('ProductName', 'Firefox'), ...files]))
    expect(heads).toBe(0)
  })

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
