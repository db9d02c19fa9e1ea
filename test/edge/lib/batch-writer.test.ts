// Rows that are written together: one object per day, and when a flush is scheduled.
import { expect, test } from 'vitest'
import { createFlusher, writeBatches } from '../../../edge/lib/batch-writer.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

interface Row {
  day: string
  n: number
}
const rows: Row[] = [
  { day: '2026-11-01', n: 1 },
  { day: '2026-11-02', n: 2 },
  { day: '2026-11-01', n: 3 },
]

/** @param broken days that cannot be written */
async function write(broken: readonly string[] = []) {
  const storage = createMemoryStorage()
  const puts: unknown[] = []
  const logs: unknown[] = []
  let names = 0
  const left = await writeBatches(rows, {
    storage: {
      ...storage,
      async put(key, body, options) {
        puts.push([key, new TextDecoder().decode(body as Uint8Array), options])
        if (broken.some((day) => key.startsWith(day))) throw new Error('No space')
        return storage.put(key, body, options)
      },
    },
    log: (...entry) => logs.push(entry),
    uniqueName: () => `name-${names++}`,
    dateOf: ({ day }) => day,
    keyOf: (day, name) => `${day}/${name}`,
    failure: 'rows_not_written',
  })
  return { left, puts, logs }
}

test('each day is one object with the rows of the day', async () => {
  const options = { contentType: 'application/jsonl', ifNoneMatch: '*' }
  expect(await write()).toEqual({
    left: [],
    logs: [],
    puts: [
      ['2026-11-01/name-0', '{"day":"2026-11-01","n":1}\n{"day":"2026-11-01","n":3}\n', options],
      ['2026-11-02/name-1', '{"day":"2026-11-02","n":2}\n', options],
    ],
  })
})

test('rows that cannot be written are left, and logged', async () => {
  const { left, logs } = await write(['2026-11-01'])
  expect(left).toEqual([rows[0], rows[2]])
  expect(logs).toEqual([
    ['error', 'rows_not_written', { rows: 2, error: expect.stringContaining('No space') }],
  ])
})

test('a flush is scheduled once, until it begins', async () => {
  const scheduled: (() => Promise<void>)[] = []
  let written = 0
  const flusher = createFlusher(
    (flush) => scheduled.push(flush),
    async () => void written++,
  )
  flusher.changed()
  flusher.changed()
  expect([scheduled.length, written]).toEqual([1, 0])
  await scheduled[0]!()
  flusher.changed()
  expect([scheduled.length, written]).toEqual([2, 1])
  await flusher.flush()
  expect(written).toBe(2)
})
