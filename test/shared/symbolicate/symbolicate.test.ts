import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CrashError, isCrashError } from '../../../shared/errors.ts'
import { answerPieces, type AnswerV5, maxAnswerLength } from '../../../shared/symbolicate/answer.ts'
import { parseRequest } from '../../../shared/symbolicate/request.ts'
import { cleanSourcePath } from '../../../shared/symbolicate/source-path.ts'
import { type ModuleResult, type ModuleSource, symbolicate } from '../../../shared/symbolicate/symbolicate.ts'
import { deflatePage } from '../../../shared/symbols/sources/symdex-cache.node.ts'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import { tableOfSymFile } from '../../../shared/symbols/symdex/symbol-table.ts'
import { tableOfSymdexRanges } from '../../../shared/symbols/symdex/table.ts'
import { buildSymdex } from '../../../shared/symbols/symdex/writer.ts'
import { bucketFiles } from '../../../shared/symbols/sources/bucket.ts'
import { textSource } from '../../../shared/symbols/sources/symbol-files.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import { answeredRequests } from '../../contract/symbolication-answers.ts'
import { refusedRequests } from '../../contract/symbolication-refusals.ts'
import { testproj, vectorFiles } from '../../contract/symbolication-files.ts'
import { bytesOf } from '../../support/crash-request.ts'

const bucket = createMemoryStorage()
for (const [path, text] of Object.entries(vectorFiles)) await bucket.put(path, bytesOf(text))
const source = textSource(bucketFiles(bucket))

async function answerTo(body: string, version: 4 | 5): Promise<unknown> {
  const jobs = parseRequest(bytesOf(body), version)
  return JSON.parse([...answerPieces(await symbolicate(jobs, { source }), version)].join(''))
}

const frame = (offset: number, module = 0) => [module, offset]
const bodyOf = (memoryMap: unknown[], ...frames: unknown[]) => JSON.stringify({ memoryMap, stacks: [frames] })

describe('symbolication', () => {
  for (const { name, version, body, title } of refusedRequests)
    test(`${name}, is refused`, () => {
      expect(() => parseRequest(bytesOf(body), version)).toThrow(title)
    })
  for (const { name, version, body, answer } of answeredRequests)
    test(`${name}, is answered`, async () => {
      expect(await answerTo(body, version)).toEqual(answer)
    })
})

describe('modules', () => {
  const module = (name: string) => [name, testproj]

  test.each([
    ['storage', 'Failing', 'The symbols could not be read: try again later'],
    ['timeout', 'Timeout', 'The symbols were not read in time: try again'],
    ['limit', 'LimitExceeded', 'secret'],
    ['bad-symbols', 'Malformed', 'secret'],
  ] as const)('an error %s of the source is %s for its module only', async (code, name, message) => {
    const failing: ModuleSource = {
      async load(key) {
        if (key.debugFile === 'bad.so') throw new CrashError(code, 'secret')
        return source.load(key)
      },
    }
    const jobs = parseRequest(bytesOf(bodyOf([module('bad.so'), module('testproj')], [0, 1], [1, 21376])), 5)
    const symbolicated = await symbolicate(jobs, { source: failing })
    const { results } = JSON.parse([...answerPieces(symbolicated, 5)].join('')) as AnswerV5
    expect(results[0]!.module_errors).toEqual({ [`bad.so/${testproj}`]: [{ name, message }] })
    expect(results[0]!.found_modules).toEqual({
      [`bad.so/${testproj}`]: false,
      [`testproj/${testproj}`]: true,
    })
    expect(results[0]!.stacks[0]!.map((frame) => frame.function)).toEqual([undefined, 'testproj::main'])
  })

  test('a bug of the source is not an answer', async () => {
    const broken: ModuleSource = { load: () => Promise.reject(new TypeError('bug')) }
    const jobs = parseRequest(bytesOf(bodyOf([module('a')], frame(1))), 5)
    await expect(symbolicate(jobs, { source: broken })).rejects.toThrow('bug')
  })

  test('each module is loaded once, and each of its addresses looked up once, in order', async () => {
    const visited: (readonly number[])[] = []
    const counting: ModuleSource = {
      async load(key) {
        const table = (await source.load(key))!
        return {
          ...table,
          visit: (addresses, use) => {
            visited.push(addresses)
            return table.visit(addresses, use)
          },
        }
      },
    }
    const frames = [0x53c0, 0x5380, 0x5380, 0x10, -1, 2 ** 32].map((offset) => frame(offset))
    const body = JSON.stringify({ jobs: Array(3).fill(JSON.parse(bodyOf([module('testproj')], ...frames))) })
    await symbolicate(parseRequest(bytesOf(body), 5), { source: counting })
    expect(visited).toEqual([[0x10, 0x5380, 0x53c0]])
  })

  test('a damaged page of an index is an error of its module; the other pages are used', async () => {
    const functions = Array.from(
      { length: 4000 },
      (_, i) => `FUNC ${(i * 64).toString(16)} 40 0 name_of_function_${i}`,
    )
    const text = `MODULE Linux x86_64 ${testproj} large.so\n${functions.join('\n')}\n`
    const symdex = buildSymdex(parseSymFile(bytesOf(text)), deflatePage)
    symdex[symdex.length - 5]! ^= 1
    const table = await tableOfSymdexRanges(async (offset, length) =>
      symdex.subarray(offset, offset + length),
    )
    const jobs = parseRequest(bytesOf(bodyOf([module('large.so')], frame(65), frame(3999 * 64))), 5)
    const symbolicated = await symbolicate(jobs, { source: { load: async () => table } })
    const [{ found, error, symbols }] = [...symbolicated.modules.values()] as [ModuleResult]
    expect([found, error?.name]).toEqual([false, 'Malformed'])
    expect([...symbols.values()].map((symbol) => symbol?.function)).toEqual(['name_of_function_1', undefined])
  })

  test('an answer that would be too long is refused before its first piece', async () => {
    const inlines = Array.from({ length: 200 }, (_, i) => `INLINE ${i} 1 0 0 0 10`)
    const text = `MODULE Linux x86_64 ${testproj} deep.so\nFILE 0 ${'f'.repeat(200)}\nINLINE_ORIGIN 0 g\nFUNC 0 10 0 f\n${inlines.join('\n')}\n`
    const table = tableOfSymFile(parseSymFile(bytesOf(text)))
    const jobs = parseRequest(bytesOf(bodyOf([module('deep.so')], ...Array(5000).fill([0, 1]))), 5)
    const symbolicated = await symbolicate(jobs, { source: { load: async () => table } })
    expect(() => answerPieces(symbolicated, 5)).toThrow(
      `the answer would have more than ${maxAnswerLength} bytes`,
    )
  })
})

describe('hostile requests', () => {
  const scalar = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double(),
    fc.constantFrom('', 'a', 'AB', '(', true, null, [], {}),
  )
  const list = (item: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 9, arbitrary: fc.array(item, { maxLength: 3 }) }, scalar)
  const someJob = fc.oneof(
    fc.record({ memoryMap: list(list(scalar)), stacks: list(list(list(scalar))) }, { requiredKeys: [] }),
    scalar,
  )
  const refusal = (error: unknown) => isCrashError(error) && ['bad-json', 'bad-usage'].includes(error.code)

  test('any JSON is answered or refused, in both versions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.record({ jobs: list(someJob) }), someJob), async (payload) => {
        for (const version of [4, 5] as const) {
          const answer = await answerTo(JSON.stringify(payload), version).catch((error: unknown) => error)
          expect(answer instanceof Error ? refusal(answer) : true).toBe(true)
        }
      }),
      { numRuns: 500, seed: 11 },
    )
  })

  test('any bytes are answered or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(200), (bytes, at) => {
        const body = bytesOf(answeredRequests[0]!.body)
        for (const mutated of [
          bytes,
          new Uint8Array([...body.subarray(0, at), ...bytes, ...body.subarray(at)]),
        ]) {
          try {
            parseRequest(mutated, 5)
          } catch (error) {
            expect(refusal(error)).toBe(true)
          }
        }
      }),
      { numRuns: 500, seed: 12 },
    )
  })
})

describe('paths of source files', () => {
  test.each([
    ['/a/./b', '/a/b'],
    ['/a/b/../c', '/a/c'],
    ['/foo/../../b', '../b'],
    ['a/../../c', '../c'],
    ['./c.cpp', 'c.cpp'],
    ['/c.cpp', '/c.cpp'],
    ['c.cpp', 'c.cpp'],
    ['/a//b/c', '/a//b/c'],
    ['/a/b/', '/a/b'],
    ['/a/<stdin>', '<stdin>'],
    ['<built-in>', '<built-in>'],
    ['C:\\a\\..\\b.cpp', 'C:\\b.cpp'],
    ['c:/a/b.cpp', 'c:\\a\\b.cpp'],
    ['\\\\server\\share\\.\\x.c', '\\\\server\\share\\x.c'],
    ['src\\main.c', 'src/main.c'],
    ['s3:bucket:ab12/src/./x.c:', 's3:bucket:ab12/src/x.c:'],
    ['', ''],
    ['..', '..'],
  ])('%j is shown as %j', (path, shown) => {
    expect(cleanSourcePath(path)).toBe(shown)
  })
})
