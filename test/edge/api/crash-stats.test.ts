// The API of an edge without tables.
import { describe, test } from 'vitest'
import { apiVectors } from '../../contract/api.ts'

describe('the API', () => {
  for (const { name, run } of apiVectors) test(name, run)
})
