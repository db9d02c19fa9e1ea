// Protected data. test/edge/runtime runs the same vectors in workerd and Deno.
import { describe, expect, test } from 'vitest'
import { downloadHeaders } from '../../../edge/lib/download.ts'
import { protectedVectors } from '../../contract/protected-answers.ts'
import { createRandom } from '../../support/mutate.ts'

describe('protected data', () => {
  for (const { name, run } of protectedVectors) test(name, run)
})

describe('the name of a download', () => {
  test.each([
    ['crash.dmp', 'filename="crash.dmp"'],
    ['../../etc/passwd', 'filename="passwd"'],
    ['C:\\a\\b.txt', 'filename="b.txt"'],
    ['', 'filename="file"'],
    ['..', 'filename="file"'],
    ['a\r\nSet-Cookie: x', 'filename="aSet-Cookie: x"'],
    ['50%.txt', `filename="50_.txt"; filename*=UTF-8''50%25.txt`],
    ["it's (1)*.txt", 'filename="it\'s (1)*.txt"'],
    ['\ud800x', `filename="_x"; filename*=UTF-8''%EF%BF%BDx`],
  ])('%j is %s', (name, expected) => {
    expect(downloadHeaders(name, '')['content-disposition']).toBe(`attachment; ${expected}`)
  })

  test.each([
    ['text/html; charset=utf-8', 'text/html; charset=utf-8'],
    ['application/x-foo;a="b c"', 'application/x-foo;a="b c"'],
    ['text', 'application/octet-stream'],
    ['text/html\r\nx: y', 'application/octet-stream'],
    [`a/${'b'.repeat(500)}`, 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ])('the type %j is sent as %s', (type, expected) => {
    expect(downloadHeaders('x', type)['content-type']).toBe(expected)
  })

  test('of any characters makes a valid header', () => {
    const random = createRandom(3)
    for (let i = 0; i < 2000; i++) {
      const text = String.fromCharCode(
        ...Array.from({ length: 12 }, () => random() * (i % 2 ? 0x180 : 0xffff)),
      )
      const headers = new Headers(downloadHeaders(text, text))
      expect(headers.get('content-disposition')).toMatch(
        /^attachment; filename="[^"\\\x00-\x1f\x7f-\uffff]+"/,
      )
    }
  })
})
