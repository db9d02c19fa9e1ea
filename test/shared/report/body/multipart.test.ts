import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type MultipartLimits,
  MultipartReader,
  parsePartHead,
  type PartHead,
} from '../../../../shared/report/body/multipart.ts'
import { Refusal } from '../../../../shared/report/refusals.ts'
import { boundary, bytesOf, concat, F, multipart, T } from '../../../support/crash-request.ts'

interface Seen {
  head: PartHead
  content: string
  last: boolean
}

const limits = { maxPartHeaderBytes: 1024, maxParts: 100 }

function read(
  body: Uint8Array,
  chunkSize = body.length || 1,
  b = boundary,
  most: MultipartLimits = limits,
): Seen[] {
  const seen: Seen[] = []
  let content: Uint8Array[] = []
  const reader = new MultipartReader(
    b,
    {
      part: (head) => {
        content = []
        seen.push({ head, content: '', last: false })
      },
      data: (bytes) => void content.push(bytes.slice()),
      end: (last) => {
        const current = seen.at(-1)!
        current.content = Buffer.concat(content).toString('latin1')
        current.last = last
      },
    },
    most,
  )
  for (let at = 0; at < body.length; at += chunkSize) {
    // A copy that is wiped afterwards reveals views kept too long.
    const chunk = body.slice(at, at + chunkSize)
    reader.write(chunk)
    chunk.fill(0xee)
  }
  reader.finish()
  return seen
}

const brief = (seen: Seen[]) => seen.map(({ head, content }) => [head.name, content])

/** Bodies as irregular as real clients send them, with the expected parts: name, content. */
const bodies: Record<string, { body: Uint8Array; parts: [string, string][] }> = {
  'a strict body': {
    body: multipart([T('ProductName', 'Firefox'), F('upload_file_minidump', 'MDMP\r\n--x\r\n')]),
    parts: [
      ['ProductName', 'Firefox'],
      ['upload_file_minidump', 'MDMP\r\n--x\r\n'],
    ],
  },
  'a preamble and an epilogue': {
    body: concat('hello\r\n--other\r\n\r\n', multipart([T('a', '1')]), `--${boundary}\r\nnot a part`),
    parts: [['a', '1']],
  },
  'parts after the closing delimiter': {
    body: concat(multipart([T('a', '1')]), multipart([F('f', 'x\r\ny')])),
    parts: [
      ['a', '1'],
      ['f', 'x\r\ny'],
    ],
  },
  'a part after the closing delimiter, without its own closing delimiter': {
    body: concat(multipart([T('a', '1')]), multipart([F('f', 'x\r\ny\r\n')]).subarray(0, -27)),
    parts: [
      ['a', '1'],
      ['f', 'x\r\ny\r\n'],
    ],
  },
  'endless headers after the closing delimiter': {
    body: concat(multipart([T('a', '1')]), `--${boundary}\r\nContent-Disposition: form-data; name="b"\r\n`),
    parts: [['a', '1']],
  },
  'only the closing delimiter': { body: bytesOf(`--${boundary}--\r\n`), parts: [] },
  'the closing delimiter without a line break after it': {
    body: bytesOf(`--${boundary}\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--${boundary}--`),
    parts: [['a', '1']],
  },
  'content full of near delimiters': {
    body: multipart([
      F('f', `\r\n-\r\n--\r\n--${boundary.slice(0, -1)}\r\n--${boundary}x\r\n\r\r\n\r\n--${boundary}-\r\n`),
    ]),
    parts: [
      ['f', `\r\n-\r\n--\r\n--${boundary.slice(0, -1)}\r\n--${boundary}x\r\n\r\r\n\r\n--${boundary}-\r\n`],
    ],
  },
  'content that ends in line breaks': {
    body: multipart([F('f', 'x\r\n\r\n'), F('g', '\r'), F('h', '\n'), F('i', '')]),
    parts: [
      ['f', 'x\r\n\r\n'],
      ['g', '\r'],
      ['h', '\n'],
      ['i', ''],
    ],
  },
  'Breakpad on macOS, no line break before the second file': {
    body: concat(
      `--${boundary}\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="minidump.dmp"\r\n`,
      'Content-Type: application/octet-stream\r\n\r\nMDMP..',
      `--${boundary}\r\nContent-Disposition: form-data; name="log"; filename="minidump.dmp"\r\n`,
      `Content-Type: application/octet-stream\r\n\r\nBZh..\r\n--${boundary}--\r\n`,
    ),
    parts: [
      ['upload_file_minidump', 'MDMP..'],
      ['log', 'BZh..'],
    ],
  },
  'the delimiter within content, when no header follows': {
    body: multipart([F('f', `MDMP--${boundary}\r\nmemory of the uploader--${boundary}\n`)]),
    parts: [['f', `MDMP--${boundary}\r\nmemory of the uploader--${boundary}\n`]],
  },
  'lines that end in LF': {
    body: bytesOf(
      `--${boundary}\nContent-Disposition: form-data; name="a"\n\n1\r\n--${boundary}\nContent-Disposition: form-data; name=b\n\n2\n--${boundary}--\n`,
    ),
    parts: [
      ['a', '1\r'],
      ['b', '2'],
    ],
  },
  'padding after the delimiter': {
    body: bytesOf(
      `--${boundary} \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--${boundary}  \r\n\r\n2\r\n--${boundary}--`,
    ),
    parts: [
      ['a', '1'],
      ['', '2'],
    ],
  },
}

describe('the multipart reader', () => {
  for (const [name, { body, parts }] of Object.entries(bodies)) {
    test(`reads ${name}, split into chunks of every size`, () => {
      for (let size = 1; size <= body.length; size++) expect(brief(read(body, size))).toEqual(parts)
    })
  }

  test('finds any parts with any boundary at any chunk sizes', () => {
    const boundaries = fc.stringMatching(/^[A-Za-z0-9'()+_,./:=?-]{1,70}$/)
    fc.assert(
      fc.property(
        boundaries,
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }),
        fc.nat(40),
        (b, files, size) => {
          const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
          fc.pre(files.every((file) => !text(file).includes(`--${b}`)))
          const body = multipart(
            files.map((file, i) => F(`f${i}`, file)),
            { boundary: b },
          )
          expect(brief(read(body, size + 1, b))).toEqual(files.map((file, i) => [`f${i}`, text(file)]))
        },
      ),
      { seed: 11, numRuns: 500 },
    )
  })

  test('keeps content from a small alphabet whole, where partial matches overlap', () => {
    const bytes = fc.array(fc.constantFrom(0x2d, 0x61, 0x0d, 0x0a), { maxLength: 80 })
    fc.assert(
      fc.property(bytes, fc.nat(12), (content, size) => {
        const text = String.fromCharCode(...content)
        fc.pre(!text.includes('---a-'))
        const body = multipart([F('f', text), T('t', 'end')], { boundary: '-a-' })
        expect(brief(read(body, size + 1, '-a-'))).toEqual([
          ['f', text],
          ['t', 'end'],
        ])
      }),
      { seed: 5, numRuns: 1000 },
    )
  })

  test('marks the last part', () => {
    expect(read(multipart([T('a', '1'), T('b', '2')])).map((part) => part.last)).toEqual([false, true])
  })

  test('rejects a body without its closing delimiter', () => {
    const whole = multipart([T('a', '1')])
    for (let length = 0; length < whole.length - 2; length++) {
      expect(() => read(whole.subarray(0, length))).toThrow(
        expect.objectContaining({ reason: 'invalid_payload_structure' }),
      )
    }
    expect(() => read(whole, 7, 'another')).toThrow(Refusal)
  })

  test('rejects part headers and parts beyond the limits', () => {
    const long = `--${boundary}\r\nX: ${'x'.repeat(limits.maxPartHeaderBytes)}`
    for (const size of [1, 100, long.length]) {
      expect(() => read(bytesOf(long), size)).toThrow(
        expect.objectContaining({ reason: 'part_header_too_large' }),
      )
    }
    const many = multipart(Array.from({ length: limits.maxParts + 1 }, (_, i) => T(`k${i}`, '')))
    expect(() => read(many)).toThrow(expect.objectContaining({ reason: 'too_many_parts' }))
    const most = multipart(Array.from({ length: limits.maxParts }, (_, i) => T(`k${i}`, '')))
    expect(read(most)).toHaveLength(limits.maxParts)
  })

  test.each([
    [limits.maxPartHeaderBytes, true],
    [limits.maxPartHeaderBytes + 1, false],
  ])('reads a part whose headers have %d bytes: %s', (length, isRead) => {
    // The carriage return of the empty line counts.
    const header = `X: ${'x'.repeat(length - 6)}\r\n`
    const body = bytesOf(`--${boundary}\r\n${header}\r\n1\r\n--${boundary}--`)
    for (const size of [1, 100, body.length]) {
      if (isRead) expect(brief(read(body, size))).toEqual([['', '1']])
      else expect(() => read(body, size)).toThrow(Refusal)
    }
  })

  test.each([
    [128, ['1', '2']],
    [129, [`1\r\n--${boundary}${' '.repeat(129)}\r\n\r\n2`]],
  ])('reads a delimiter with %d spaces after it', (spaces, contents) => {
    const padded = `1\r\n--${boundary}${' '.repeat(spaces)}\r\n\r\n2`
    const body = bytesOf(`--${boundary}\r\n\r\n${padded}\r\n--${boundary}--`)
    for (const size of [1, 50, body.length])
      expect(read(body, size).map(({ content }) => content)).toEqual(contents)
  })

  test('rejects headers of all parts together beyond the limit', () => {
    const part = `--${boundary}\r\nX: ${'x'.repeat(995)}\r\n\r\n\r\n`
    const withLimit = (parts: number) => () =>
      read(bytesOf(`${part.repeat(parts)}--${boundary}--`), 100, boundary, {
        ...limits,
        maxAllHeaderBytes: 10_000,
      })
    expect(withLimit(10)()).toHaveLength(10)
    expect(withLimit(11)).toThrow(expect.objectContaining({ reason: 'part_header_too_large' }))
  })

  test('rejects content that is full of its delimiter', () => {
    const content = (times: number) =>
      multipart([F('f', '--x '.repeat(times)), T('a', '1')], { boundary: 'x' })
    expect(read(content(10_000), 1000, 'x')).toHaveLength(2)
    expect(() => read(content(10_001), 1000, 'x')).toThrow(
      expect.objectContaining({ reason: 'invalid_payload_structure' }),
    )
  })
})

describe('parsePartHead', () => {
  const cases: [string, Partial<PartHead>][] = [
    [
      'Content-Disposition: form-data; name="a"; filename="b"\r\nContent-Type: x/y',
      { name: 'a', filename: 'b', contentType: 'x/y' },
    ],
    ['content-disposition:form-data;name=Foo', { name: 'Foo', filename: null }],
    ['CONTENT-DISPOSITION: attachment; FileName = "x;y" ; NAME = Foo', { name: 'Foo', filename: 'x;y' }],
    [
      'Content-Disposition: form-data; filename="C:\\Users\\x\\a.dmp"; name="upload_file_minidump"',
      { name: 'upload_file_minidump' },
    ],
    ['Content-Disposition: form-data; name="a%22b%25c"', { name: 'a"b%c' }],
    ['Content-Disposition: form-data; name="100%"', { name: '100%' }],
    ['Content-Disposition: form-data; name="bad%ff"', { name: 'bad%ff' }],
    ['Content-Disposition: form-data; name="a\\"b"', { name: 'a"b' }],
    ['Content-Disposition: form-data;\r\n name="folded"', { name: 'folded' }],
    ["Content-Disposition: form-data; filename*=UTF-8''x; name=n", { name: 'n', filename: 'x' }],
    ["Content-Disposition: form-data; name=n; name*=utf-8''%e2%82%ac", { name: '€' }],
    ["Content-Disposition: form-data; name=n%41; name*=utf-8''%ff", { name: 'nA' }],
    ["Content-Disposition: form-data; name*=koi8-r''x; filename=f", { name: "koi8-r''x", filename: 'f' }],
    ['no header at all\r\nContent-Type: a/b', { name: '', contentType: 'a/b' }],
    ['Content-Transfer-Encoding: BASE64', { transferEncoding: 'base64' }],
  ]
  for (const [text, expected] of cases) {
    test(text, () => expect(parsePartHead(text)).toMatchObject(expected))
  }

  test('takes time linear in hostile headers', () => {
    const text = `Content-Disposition: form-data; ${'name="\\'.repeat(2000)}`
    expect(parsePartHead(text).contentType).toBe('')
  })
})
