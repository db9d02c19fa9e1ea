// Requests, commands and indented JSON of the page about the API.
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apiRequest, type CallInput, curlCommand } from '../../../dashboard/model/reference/api-request.ts'
import { indentJson } from '../../../dashboard/model/indented-json.ts'
import { readArguments } from '../../../shared/api/arguments.ts'
import { type EndpointName, endpoints, findEndpoint } from '../../../shared/api/endpoints.ts'

const input = (fields: Record<string, string>, text = ''): CallInput => ({
  fields: new Map(Object.entries(fields)),
  text,
})
const request = (name: EndpointName, given: CallInput) => apiRequest(findEndpoint(name)!, given)

describe('apiRequest', () => {
  test.each<[EndpointName, CallInput, string]>([
    ['SuperSearch', input({}), '/api/SuperSearch/'],
    [
      'SuperSearch',
      input({}, '?product=App&_facets=version'),
      '/api/SuperSearch/?product=App&_facets=version',
    ],
    [
      'SuperSearch',
      input({}, 'https://a.example/search/?signature=~a?b'),
      '/api/SuperSearch/?signature=%7Ea%3Fb',
    ],
    ['SuperSearch', input({}, ' /search/?date=>2026-11-01 '), '/api/SuperSearch/?date=%3E2026-11-01'],
    ['SuperSearch', input({}, 'signature=~a?b'), '/api/SuperSearch/?signature=%7Ea%3Fb'],
    ['RawCrash', input({ crash_id: ' x ', name: '' }), '/api/RawCrash/?crash_id=x'],
    [
      'SignatureFirstDate',
      input({ signatures: 'a b\n\r\nc' }),
      '/api/SignatureFirstDate/?signatures=a+b&signatures=c',
    ],
    ['NoOp', input({ __proto__: 'x', product: 'a', other: 'b' }), '/api/NoOp/?product=a'],
  ])('%s with %j is a GET', (name, given, path) =>
    expect(request(name, given)).toEqual({ method: 'GET', path, body: null }),
  )

  test('an endpoint that only takes POST gets a form, or the JSON that was written', () => {
    expect(request('Reprocessing', input({ crash_ids: 'a\nb' }))).toEqual({
      method: 'POST',
      path: '/api/Reprocessing/',
      body: { type: 'application/x-www-form-urlencoded', text: 'crash_ids=a&crash_ids=b' },
    })
    expect(request('sql', input({}, '{"sql": "SELECT 1"}'))).toEqual({
      method: 'POST',
      path: '/api/sql/',
      body: { type: 'application/json', text: '{"sql": "SELECT 1"}' },
    })
  })

  test('the server reads what was filled in', () => {
    const values = fc.array(
      fc
        .string()
        .map((text) => text.replace(/[\r\n\0]/g, '').trim())
        .filter(Boolean),
      {
        minLength: 1,
      },
    )
    fc.assert(
      fc.property(values, (signatures) => {
        const { path } = request('Bugs', input({ signatures: signatures.join('\n') }))
        const { searchParams } = new URL(path, 'https://mayday.example')
        expect(readArguments(findEndpoint('Bugs')!, searchParams)).toEqual({
          signatures: signatures.map((text) => text.toWellFormed()),
        })
      }),
    )
  })

  test('examples of bodies are JSON', () => {
    for (const endpoint of endpoints)
      if ('body' in endpoint) for (const example of endpoint.examples) JSON.parse(example)
  })
})

describe('curlCommand', () => {
  const origin = 'https://mayday.example'

  test('the token is a variable, never in the command', () => {
    const command = curlCommand(request('NoOp', input({ product: 'a' })), { origin, hasToken: true })
    expect(command).toBe(`curl -H "Auth-Token: $TOKEN" '${origin}/api/NoOp/?product=a'`)
  })

  test('a shell passes every body on unchanged', () => {
    const bodies = fc.sample(fc.string({ unit: 'binary' }), { numRuns: 200, seed: 1 })
    const texts = ["'", "''\\'$HOME`id`\n@file", ...bodies].map((text) =>
      text.replaceAll('\0', '').toWellFormed(),
    )
    const script = texts
      .map((text) => curlCommand(request('sql', input({}, text)), { origin, hasToken: false }))
      .join('\n')
    const print = `curl() { printf '%s\\0' "$4"; }\n${script}\n`
    const { stdout } = spawnSync('sh', ['-s'], { input: print })
    expect(stdout.toString().split('\0').slice(0, -1)).toEqual(texts)
  })
})

describe('indentJson', () => {
  test.each([
    ['{}', '{}'],
    ['[]', '[]'],
    ['{"a":[1,{"b":{}}],"c":[]}', '{\n  "a": [\n    1,\n    {\n      "b": {}\n    }\n  ],\n  "c": []\n}'],
    ['{"a":12345678901234567890.10,"b":"<\\/{\\"', '{\n  "a": 12345678901234567890.10,\n  "b": "<\\/{\\"'],
    ['}}]', '\n}\n}\n]'],
  ])('%s', (text, indented) => expect(indentJson(text)).toBe(indented))

  test('the value is the same', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(indentJson(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  test('hostile text costs a bounded multiple of its length', () => {
    for (const text of ['[', '{"a":', '"\\', '}', ',', '\\'])
      expect(indentJson(text.repeat(50_000)).length).toBeLessThan(50_000 * 40)
  })
})
