// Options of `mayday stackwalk`.
import { describe, expect, test } from 'vitest'
import { callMayday } from '../../../support/run-mayday.ts'

const walk = (count: string) => callMayday(['stackwalk', 'no-such.dmp', '--max-frames', count])

describe('the number of frames per thread', () => {
  test.each(['0', '-1', '1.5', 'many'])('is not %s', async (count) => {
    expect(await walk(count)).toEqual({
      ...{ code: 2, stdout: '' },
      stderr: `mayday: --max-frames must be a whole number from 1, not ${count}\n`,
    })
  })

  test('may be one: only the dump is missing', async () => {
    const { code, stderr } = await walk('1')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^mayday: no-such\.dmp: /)])
  })
})
