import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { indexWanted } from '../../../batch/symbols/wanted-indexes.ts'
import { symdexKey, wantedIndexKey, wantedIndexPrefix } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import type { AnswerV5 } from '../../../shared/symbolicate/answer.ts'
import { testproj, vectorFiles } from '../../contract/symbolication-files.ts'
import { createTestEdge } from '../../edge/edge.support.ts'
import { bytesOf } from '../../support/crash-request.ts'

const path = `testproj/${testproj}/testproj.sym`
const text = vectorFiles[path]!
const padded = bytesOf(text + '\n'.repeat(2 ** 20))
const body = JSON.stringify({ memoryMap: [['testproj', testproj]], stacks: [[[0, 0x5380]]] })

async function marksIn(symbols: Storage): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of symbols.list(wantedIndexPrefix)) keys.push(key)
  return keys
}

describe('wanted indexes', () => {
  test.each([
    ['text', padded, false],
    ['gzip', gzipSync(padded), false],
    ['gzip of a try build', gzipSync(padded), true],
  ])('a file that is too large for the edge, %s, is indexed by batch', async (_, bytes, isTry) => {
    const edge = createTestEdge()
    const { symbols } = edge.deps.stores
    await symbols.put(`${isTry ? 'try/' : ''}${path}`, bytes)
    const ask = async () => {
      const url = 'http://localhost/symbols/symbolicate/v5'
      const { text } = await edge.ask(new Request(url, { method: 'POST', body }))
      return (JSON.parse(text) as AnswerV5).results[0]!
    }
    for (let i = 0; i < 2; i++)
      expect(Object.values((await ask()).module_errors!)[0]![0]!.name).toBe('Pending')
    expect(await marksIn(symbols)).toEqual([wantedIndexKey('testproj', testproj, isTry)])
    let ticks = 0
    expect(await indexWanted(symbols, () => ticks++)).toEqual({ indexed: 1 })
    expect([ticks, await marksIn(symbols)]).toEqual([1, []])
    expect((await ask()).stacks[0]![0]!.function).toBe('testproj::main')
  })

  test('a damaged file gets an index without symbols, so it is not wanted again', async () => {
    const edge = createTestEdge()
    const { symbols } = edge.deps.stores
    await symbols.put(path, gzipSync(padded).subarray(0, 500))
    await symbols.put(wantedIndexKey('testproj', testproj, false), new Uint8Array(0))
    expect(await indexWanted(symbols, () => {})).toEqual({ indexed: 1 })
    expect(await symbols.head(symdexKey('testproj', testproj))).not.toBeNull()
  })

  test('marks of files that are missing, and other keys, are removed', async () => {
    const symbols = createMemoryStorage()
    for (const key of [wantedIndexKey('gone', 'AB', false), 'wanted/x', 'wanted/regular/a/zz'])
      await symbols.put(key, new Uint8Array(0))
    expect(await indexWanted(symbols, () => {})).toEqual({ indexed: 0 })
    expect(await marksIn(symbols)).toEqual([])
  })
})
