// Crashpad's annotations as rows of the report page.
import { expect, test } from 'vitest'
import { annotationRows } from '../../../../dashboard/model/report/crashpad-annotations.ts'

test('rows list the annotations of the process, then those of each module of every kind', () => {
  const rows = annotationRows({
    simple_annotations: { ptype: 'gpu' },
    modules: [
      {
        module: 'a.so',
        simple_annotations: { one: '1' },
        objects: [
          { name: 'two', type: 1, value: '2' },
          { name: 'own', type: 0x8000, value: null },
        ],
        list_annotations: ['abort() called'],
      },
      { module: null, simple_annotations: { three: '3' } },
    ],
  })
  expect(rows.map(({ module, name, value }) => [module, name, value])).toEqual([
    [null, 'ptype', 'gpu'],
    ['a.so', 'one', '1'],
    ['a.so', 'two', '2'],
    ['a.so', 'own', '(data of type 32768)'],
    ['a.so', null, 'abort() called'],
    ['unknown module', 'three', '3'],
  ])
})

test.each([null, undefined, {}, { modules: null, simple_annotations: null }, { modules: [{}] }])(
  'there are no rows for %j',
  (info) => expect(annotationRows(info)).toEqual([]),
)
