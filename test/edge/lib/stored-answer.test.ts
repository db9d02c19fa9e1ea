// Stored objects as answers: whole, in parts, unchanged, and replaced meanwhile.
import { expect, test } from 'vitest'
import { storedAnswer } from '../../../edge/lib/stored-answer.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

const uploaded = new Date('2026-11-22T14:05:00Z')

/** @param isReplaced another object is stored after the first was found */
async function answerTo(headers: Record<string, string>, { method = 'GET', isReplaced = false } = {}) {
  const storage = createMemoryStorage(() => uploaded)
  await storage.put('key', new TextEncoder().encode('0123456789'), {})
  const info = (await storage.head('key'))!
  if (isReplaced) await storage.put('key', new TextEncoder().encode('another'), {})
  const request = new Request('https://x.example/', { method, headers })
  const answer = await storedAnswer(request, {
    ...{ storage, info },
    common: { 'x-common': '1' },
    content: { 'content-type': 'text/plain' },
    head: { 'x-head': '1' },
  })
  return {
    ...{ status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() },
    etag: `"${info.etag}"`,
  }
}

const { etag } = await answerTo({})
const common = { 'x-common': '1' }
const described = {
  ...common,
  ...{ etag, 'accept-ranges': 'bytes', 'last-modified': 'Sun, 22 Nov 2026 14:05:00 GMT' },
  'content-type': 'text/plain',
}
const whole = { status: 200, headers: { ...described, 'content-length': '10' }, text: '0123456789' }
const part = (range: string, text: string) => ({
  status: 206,
  headers: { ...described, 'content-range': `bytes ${range}/10`, 'content-length': `${text.length}` },
  text,
})
const head = { status: 200, headers: { ...described, 'x-head': '1', 'content-length': '10' }, text: '' }
const unsatisfiable = { status: 416, headers: { ...common, 'content-range': 'bytes */10' }, text: '' }

test.each<[string, Record<string, string>, string, object]>([
  ['all of it', {}, 'GET', whole],
  ['its headers', {}, 'HEAD', head],
  ['its headers, also for a range', { range: 'bytes=1-2' }, 'HEAD', head],
  ['a part', { range: 'bytes=1-3' }, 'GET', part('1-3', '123')],
  ['its end', { range: 'bytes=-2' }, 'GET', part('8-9', '89')],
  ['a part of the same object', { range: 'bytes=0-0', 'if-range': etag }, 'GET', part('0-0', '0')],
  ['all of another object', { range: 'bytes=0-0', 'if-range': '"x"' }, 'GET', whole],
  ['a part beyond it', { range: 'bytes=10-' }, 'GET', unsatisfiable],
  ['what is unchanged', { 'if-none-match': etag }, 'GET', { status: 304, headers: described, text: '' }],
  [
    'what is unchanged, by HEAD',
    { 'if-none-match': etag },
    'HEAD',
    { status: 304, headers: described, text: '' },
  ],
  ['what changed', { 'if-none-match': '"x"' }, 'GET', whole],
])('%s', async (_, headers, method, expected) => {
  expect(await answerTo(headers, { method })).toEqual({ ...expected, etag })
})

test.each([[{}], [{ range: 'bytes=1-3' }]])('an object that was replaced meanwhile, %j', async (headers) => {
  const { status, headers: given, text } = await answerTo(headers, { isReplaced: true })
  expect([status, given, text]).toEqual([503, { 'retry-after': '1' }, ''])
})
