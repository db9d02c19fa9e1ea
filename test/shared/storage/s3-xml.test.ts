// The XML of S3: parsing, and damaged responses.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isCrashError } from '../../../shared/errors.ts'
import { deleteRequest, failedDeletes, readErrorCode, readListPage } from '../../../shared/storage/s3-xml.ts'

const entry = (key: string) =>
  `<Contents><Key>${key}</Key><LastModified>2026-11-23T15:00:00.000Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>12</Size></Contents>`
const page = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>${entry('a+b%2Fc%26')}${entry('007')}<IsTruncated>true</IsTruncated><NextContinuationToken>t=</NextContinuationToken></ListBucketResult>`

describe('readListPage', () => {
  test('reads keys, sizes, etags and the token of the next page', () => {
    const listed = { size: 12, etag: 'abc', uploaded: new Date('2026-11-23T15:00:00Z'), metadata: {} }
    expect(readListPage(page)).toEqual({
      objects: [
        { key: 'a b/c&', ...listed },
        { key: '007', ...listed },
      ],
      folders: [],
      next: 't=',
    })
  })

  test('reads common prefixes', () => {
    const prefixes = ['a%2F', 'b%20c%2F'].map(
      (name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`,
    )
    const xml = `<ListBucketResult><EncodingType>url</EncodingType>${prefixes.join('')}${entry('d')}</ListBucketResult>`
    expect(readListPage(xml)).toMatchObject({ objects: [{ key: 'd' }], folders: ['a/', 'b c/'] })
  })

  test('leaves unencoded keys unchanged, and reads an empty page', () => {
    expect(readListPage(`<ListBucketResult>${entry(' a+%41&amp;')}</ListBucketResult>`).objects[0]!.key).toBe(
      ' a+%41&',
    )
    expect(readListPage('<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>')).toEqual({
      objects: [],
      folders: [],
    })
  })

  test('returns a value or throws a storage error for damaged responses', () => {
    fc.assert(
      fc.property(fc.nat(page.length), fc.string({ maxLength: 4 }), fc.nat(20), (at, insert, cut) => {
        try {
          expect(Array.isArray(readListPage(page.slice(0, at) + insert + page.slice(at + cut)).objects)).toBe(
            true,
          )
        } catch (error) {
          expect(isCrashError(error) && error.code).toBe('storage')
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('deleteRequest escapes keys', () => {
  expect(deleteRequest(['a<b>&c'])).toContain('<Object><Key>a&lt;b&gt;&amp;c</Key></Object>')
})

test('failedDeletes lists remaining objects, not missing ones', () => {
  const errors = ['AccessDenied', 'NoSuchKey'].map(
    (code, i) => `<Error><Key>k${i}</Key><Code>${code}</Code></Error>`,
  )
  expect(failedDeletes(`<DeleteResult>${errors.join('')}</DeleteResult>`)).toEqual(['k0: AccessDenied'])
  expect(failedDeletes('<DeleteResult></DeleteResult>')).toEqual([])
})

test('readErrorCode reads the code, and accepts any input', () => {
  expect(readErrorCode('<Error><Code>SlowDown</Code></Error>')).toBe('SlowDown')
  for (const other of ['', 'oops', '<a', '<Error/>', '<html></html>']) expect(readErrorCode(other)).toBe('')
})
