import { expect, test } from 'vitest'
import { callMayday } from '../../../support/run-mayday.ts'

test('mayday ddl prints the statements for the place of the store and the address of the edge', async () => {
  const trino = await callMayday(
    [
      'ddl',
      '--engine',
      'trino',
      '--edge',
      'https://crash.example.org/',
      '--store',
      's3:https://s3.example.org/',
    ],
    { LAKE_LOCATION: 's3://mayday-lake' },
  )
  expect(trino).toMatchObject({ code: 0, stderr: '' })
  expect(trino.stdout).toContain('iceberg.rest-catalog.uri=https://crash.example.org/iceberg\n')
  const athena = await callMayday(['ddl', '--engine', 'athena'], {
    LAKE_LOCATION: 's3://other-lake',
  })
  expect(athena.stdout).toContain("'s3://other-lake/tables/crashes/")
})

test('an unknown engine is refused with those that exist', async () => {
  const { code, stderr } = await callMayday(['ddl', '--engine', 'oracle'])
  expect(code).toBe(2)
  expect(stderr).toContain('athena')
})
