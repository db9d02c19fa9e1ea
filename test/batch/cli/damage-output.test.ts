import { expect, test } from 'vitest'
import { keptLines } from '../../../batch/cli/damage-output.ts'

const nothing = { unreadable: [], failed: [], dumps_dropped: [], lost_threads: [] }
const crashIds = (count: number) => Array.from({ length: count }, (_, n) => `crash-${n + 1}`)

test('a run that kept no processed crash reports nothing', () => {
  expect(keptLines(nothing)).toEqual([])
})

test('twenty crashes without dumps are all named; of more, the others are counted', () => {
  const [twenty] = keptLines({ ...nothing, dumps_dropped: crashIds(20) })
  expect(twenty).toBe(
    `20 crashes keep their stacks, because their dumps were dropped: ${crashIds(20).join(', ')}`,
  )
  const [more] = keptLines({ ...nothing, dumps_dropped: crashIds(22) })
  expect(more).toBe(
    `22 crashes keep their stacks, because their dumps were dropped: ${crashIds(20).join(', ')}, and 2 more`,
  )
})
