// What the Firefox Profiler requires of an answer (firefox-devtools/profiler,
// src/profile-logic/mozilla-symbolication-api.ts): one value of another type rejects the whole answer.
import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { storeVectorFiles } from '../../../contract/symbolication.ts'
import { inlined, ntdll, other, rules, testproj } from '../../../contract/symbolication-files.ts'
import { createTestEdge } from '../../edge.support.ts'

const inlineSchema = z.object({
  function: z.optional(z.string()),
  file: z.optional(z.string()),
  line: z.optional(z.number()),
})
const answerSchema = z.object({
  results: z.array(
    z.object({
      found_modules: z.record(z.string(), z.nullable(z.boolean())),
      stacks: z.array(
        z.array(
          z.object({
            module_offset: z.string(),
            module: z.string(),
            frame: z.number(),
            function: z.optional(z.string()),
            function_offset: z.optional(z.string()),
            function_size: z.optional(z.string()),
            file: z.optional(z.string()),
            line: z.optional(z.number()),
            inlines: z.optional(z.array(inlineSchema)),
          }),
        ),
      ),
    }),
  ),
})

interface Library {
  debugName: string
  breakpadId: string
  addresses: number[]
}

const edge = createTestEdge()
await storeVectorFiles({ ask: edge.ask, symbols: edge.deps.stores.symbols })

/** One job per library, with one stack of all its addresses; without a type, with the headers of a browser. */
async function symbolsOf(libraries: Library[]) {
  const jobs = libraries.map(({ debugName, breakpadId, addresses }) => ({
    memoryMap: [[debugName, breakpadId]],
    stacks: [addresses.map((address) => [0, address])],
  }))
  const headers = { origin: 'https://profiler.firefox.com', 'user-agent': 'FirefoxProfiler/1.0 (+origin)' }
  const url = 'http://localhost/symbols/symbolicate/v5'
  const { text } = await edge.ask(
    new Request(url, { method: 'POST', headers, body: JSON.stringify({ jobs }) }),
  )
  const { results } = z.parse(answerSchema, JSON.parse(text))
  return libraries.map(({ debugName, breakpadId, addresses }, i) => {
    const { found_modules, stacks } = results[i]!
    expect(stacks[0]).toHaveLength(addresses.length)
    if (!found_modules[`${debugName}/${breakpadId}`]) return null
    return stacks[0]!.map((frame, k) => {
      expect(frame.function === undefined).toBe(frame.function_offset === undefined)
      if (frame.function === undefined) return null
      const start = addresses[k]! - Number.parseInt(frame.function_offset!.slice(2), 16)
      const size = frame.function_size && Number.parseInt(frame.function_size.slice(2), 16)
      return [frame.function, start, size, frame.inlines?.length]
    })
  })
}

describe('the Firefox Profiler', () => {
  test('reads functions, their starts and sizes, and which libraries have symbols', async () => {
    const found = await symbolsOf([
      { debugName: 'testproj', breakpadId: inlined, addresses: [0x7a7a, 0x10] },
      { debugName: 'ntdll.pdb', breakpadId: ntdll, addresses: [0x1130] },
      { debugName: 'rules.so', breakpadId: rules, addresses: [0x260, 0x218] },
      { debugName: 'gone.so', breakpadId: testproj, addresses: [1] },
      { debugName: 'junk.so', breakpadId: other, addresses: [1] },
    ])
    expect(found).toEqual([
      [['testproj::main', 0x7a40, 0x85, 2], null],
      [['LdrQueryNextListEntry', 0x1120, undefined, undefined]],
      [
        ['<unknown>', 0x260, 0x10, undefined],
        ['gaps', 0x200, 0x40, undefined],
      ],
      null,
      null,
    ])
  })
})
