// How processed crashes are read for the public view: whole up to 8 MiB, member by member above.
import { expect, test } from 'vitest'
import { processedKey } from '../../../shared/keys.ts'
import type { CrashId } from '../../../shared/crash-id.ts'
import { createTestEdge } from '../edge.support.ts'

const id = 'de1bb258-cbbf-4589-a673-34f800160918' as CrashId
const mib = 1024 * 1024

/** The most memory that a read of a processed crash with `length` bytes held, and its public view. */
async function readOf(length: number): Promise<{ held: number; view: unknown }> {
  const edge = createTestEdge()
  const { budget } = edge.deps
  let held = 0
  const open = () => {
    const share = budget.open()
    const hold = (bytes: number) => {
      held = Math.max(held, bytes)
      share.hold(bytes)
    }
    return { ...share, hold, release: () => share.release() }
  }
  Object.assign(edge.deps, { budget: { ...budget, open } })
  const [start, end] = [`{"crash_id":"${id}","signature":"f","user_comments":"`, '"}']
  const secret = 'x'.repeat(length - start.length - end.length)
  await edge.crashes.put(processedKey(id), new TextEncoder().encode(start + secret + end))
  const { status, text } = await edge.ask(new Request(`https://crash.example/api/report/${id}`))
  expect(status).toBe(200)
  return { held, view: JSON.parse(text) }
}

test.each([1000, 8 * mib])('a processed crash of %i bytes is read as a whole', async (length) => {
  const { held, view } = await readOf(length)
  expect(view).toEqual({ crash_id: id, signature: 'f' })
  expect(held).toBe(length * 4)
})

test('of a larger processed crash only public members are held', async () => {
  const { held, view } = await readOf(8 * mib + 1)
  expect(view).toEqual({ crash_id: id, signature: 'f' })
  expect(held).toBeLessThan(8 * mib * 4)
})
