// Where symbols were looked for, without what only the operator may know.
import { expect, test } from 'vitest'
import { shownPlaces } from '../../../../batch/processing/rules/symbol-places.ts'
import { runRule } from '../../support/rule-input.ts'

test.each([
  ['https://symbols.example.org/v1?key=secret', 'https://symbols.example.org/v1'],
  ['srv:https://me:secret@msdl.example.org/download', 'https://msdl.example.org/download'],
  ['debuginfod:https://debuginfod.example.org', 'https://debuginfod.example.org/'],
  ['http://10.1.2.3/symbols', 'a private server'],
  ['srv:https://symbols.corp.internal/', 'a private server'],
  ['/srv/symbols-of-jane', 'a folder of the operator'],
  ['https://', 'a folder of the operator'],
])('%s is shown as %s', (place, shown) => expect(shownPlaces([place])).toEqual(['the store', shown]))

test('places that look the same are named once, in order', () => {
  const places = ['/a', 'https://x.example.org/', '/b', 'http://localhost/']
  expect(shownPlaces(places)).toEqual([
    'the store',
    'a folder of the operator',
    'https://x.example.org/',
    'a private server',
  ])
})

test('a crash with modules has the places that were asked; one without has none', () => {
  const symbolPlaces = ['https://x.example.org/']
  const dump = { modules: [{ filename: 'a.dll' }] }
  const run = (json_dump: object) => runRule('symbol-places', { symbolPlaces }, { json_dump }).added
  expect(run(dump)).toEqual({ symbol_places: ['the store', 'https://x.example.org/'] })
  expect(run({ modules: [] })).toEqual({})
})
