// What is wrong with a product file, in words.
import { describe, expect, test } from 'vitest'
import { parseProduct } from '../../../batch/products/product-file.ts'

describe('a product file', () => {
  test.each<[object, string]>([
    [{ retention: { reports: 'long' } }, 'must be a number of days, or null for no limit'],
    [{ dumps_per_signature: 0 }, 'must be a whole number from 1, or null for all'],
    [
      { bug_trackers: [{ kind: 'bugzilla', url: 'bugs' }] },
      'must be the URL of a tracker, like https://bugzilla.example.org or https://github.com/owner/repo',
    ],
    [
      { symbols: ['symbols'] },
      'must be the URL of a symbol server (https://…, srv:https://… or debuginfod:https://…) or an absolute path',
    ],
    [{ alerts: { destinations: ['a b'] } }, 'must be a name in ALERT_DESTINATIONS: letters, digits, - and _'],
  ])('%j is refused with the reason', (part, problem) => {
    const read = () => parseProduct('kestrel.json', JSON.stringify({ name: 'Kestrel', ...part }))
    expect(read).toThrow(problem)
  })
})
