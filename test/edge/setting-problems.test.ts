// What is wrong with a setting of the edge.
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../edge/config.ts'

const twoTokens =
  'must be at least 16 visible ASCII characters; during a rotation two such tokens, separated by a space'

describe('a setting of the edge', () => {
  test.each([
    ['CRASH_ID_KEY', 'short', 'must be at least 16 characters: make it long and random'],
    ['READ_TOKEN', 'short', twoTokens],
    ['SUBMIT_TOKEN', 'a-token-that-is-long another-token-that-is-long third-token-that-is-long', twoTokens],
    ['MAYDAY_VERSION', '[]', 'must be a JSON object'],
    ['CLIENT_ADDRESS_HEADER', 'x y', 'must be the name of a header'],
    ['SUBMIT_PATHS', '/api/x', 'must be a path like `/crash/upload` that Mayday does not use itself'],
    ['SUBMIT_PATHS', Array(51).fill('/a').join(','), 'must be at most 50 paths, separated by commas'],
    [
      'SENTRY_PROJECTS',
      '{"a":1}',
      'must be a JSON object of public keys and product names: {"<key>": "<product>"}',
    ],
    [
      'SYMBOL_SERVERS',
      'https://user:secret@symbols.example',
      'must be up to 10 URLs of symbol servers without passwords, separated by commas',
    ],
    ['API_ORIGIN', 'https://api.example/path', 'must be an origin such as https://api.internal:8787'],
    ['SYMBOL_UPLOAD_HOSTS', 'a b', 'must be hosts or origins, separated by commas'],
    ['PORT', '65536', 'must be a number from 0 to 65535'],
  ])('%s may not be %s', (name, value, problem) => {
    const read = () => readConfig({ [name]: value })
    expect(read).toThrow(name)
    expect(read).toThrow(problem)
  })
})
