// What readers can learn about fields.
import { describe, expect, test } from 'vitest'
import {
  fieldEntries,
  filterFields,
  findFieldEntry,
  prefixWords,
} from '../../../dashboard/model/reference/field-reference.ts'
import { fields } from '../../../shared/fields/fields.ts'
import { searchFields } from '../../../shared/search/fields.ts'

describe('the reference of fields', () => {
  test('has every field of the catalog, and every searchable one', () => {
    expect(fieldEntries.map(({ name }) => name).sort()).toEqual(fields.map(({ name }) => name).sort())
    const searches = fieldEntries.flatMap((entry) => entry.searches.map(({ name }) => name))
    expect(searches.sort()).toEqual(searchFields.map(({ name }) => name).sort())
  })

  test('explains every operator', () => {
    const prefixes = new Set(
      fieldEntries.flatMap(({ searches }) => searches.flatMap((search) => search.prefixes)),
    )
    for (const prefix of prefixes) expect(prefixWords.get(prefix), prefix).toBeDefined()
  })

  test.each([
    ['signature', { access: 'public', columns: [{ table: 'crashes', name: 'signature' }] }],
    [
      'crash_id',
      {
        columns: [
          { table: 'crashes', name: 'crash_id' },
          { table: 'protected', name: 'crash_id' },
        ],
      },
    ],
    ['uuid', { name: 'crash_id' }],
    ['url', { access: 'protected', columns: [{ table: 'protected', name: 'url' }] }],
  ])('finds %s by its name in the catalog, in searches or in tables', (name, expected) => {
    expect(findFieldEntry(name)).toMatchObject(expected)
  })

  test.each(['__proto__', 'constructor', 'nothing'])('has no field %s', (name) => {
    expect(findFieldEntry(name)).toBeUndefined()
  })

  test('finds fields by words of their description, in any order', () => {
    expect(filterFields('thread index').map(({ name }) => name)).toContain('crashing_thread')
    expect(filterFields('no such words')).toEqual([])
  })
})
