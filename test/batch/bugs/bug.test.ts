import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundedBug, signaturesIn, signaturesInProse } from '../../../batch/bugs/bug.ts'

describe('signaturesIn', () => {
  test.each([
    ['[@ js3250.dll@0x6cb96] [@ valid.sig@0x333333]', ['js3250.dll@0x6cb96', 'valid.sig@0x333333']],
    ['[@ x', []],
    ['[@ a] [@ unclosed', ['a']],
    ['[@ operator[]]', ['operator[]']],
    ['[@ OOM | small ]\r\n[@ OOM | small ]', ['OOM | small']],
    ['[@]', []],
    ['[@ ]', []],
    ['no signature] here', []],
    ['[@ a] and [more]', ['a] and [more']],
    ['', []],
  ])('%j names %j', (text, signatures) => {
    expect(signaturesIn(text)).toEqual(signatures)
  })

  test('a text names the signatures that were marked in it', () => {
    const signature = fc.stringMatching(/^[a-z:<>[\]|]{1,20}$/).filter((text) => !text.includes('[@'))
    fc.assert(
      fc.property(fc.uniqueArray(signature, { maxLength: 5 }), (signatures) => {
        const text = signatures.map((name) => `[@ ${name}]`).join('\n')
        expect(signaturesIn(text)).toEqual(signatures)
      }),
    )
  })
})

describe('signaturesInProse', () => {
  test.each([
    ['Crash in [@ foo::bar], see [link](https://example.org)', ['foo::bar']],
    ['[@ operator[]] and [@ a[abi:cxx11]] [x]', ['operator[]', 'a[abi:cxx11]']],
    ['[@ a] [b\n] later', ['a']],
    ['[@ std::array<int[]> ]', ['std::array<int[]>']],
    ['[@ open[ ] rest', ['open[']],
    ['[@ on the next\nline]', []],
  ])('%j names %j', (text, signatures) => {
    expect(signaturesInProse(text)).toEqual(signatures)
  })

  test('any text is read, and signatures have a limited length and number', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('[@', '[', ']', ' ', '\n', 'a', '😀'), { maxLength: 200 }),
        (parts) => {
          for (const read of [signaturesIn, signaturesInProse])
            for (const signature of read(parts.join(''))) expect(signature.trim()).toBe(signature)
        },
      ),
    )
    expect(signaturesInProse(`[@ ${'x'.repeat(5000)}]`)[0]).toHaveLength(1000)
    expect(signaturesIn(Array.from({ length: 2000 }, (_, i) => `[@ s${i}]`).join(''))).toHaveLength(500)
  })
})

test('a bug keeps only links to the web, and texts of limited length', () => {
  const bug = {
    ...{ id: '1', status: 'NEW', resolution: '', is_open: true, signatures: [], is_private: false },
    ...{ reported_at: null, changed_at: null },
  }
  const bounded = boundedBug({ ...bug, url: 'javascript:alert(1)', summary: 'x'.repeat(600) })
  expect(bounded).toMatchObject({ url: null, resolution: null })
  expect(bounded.summary).toHaveLength(500)
})
