// Columns: their tables, and the values they take from a crash.
import { expect, test } from 'vitest'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import { columnsOf } from '../../../shared/fields/columns.ts'

const crash: ProcessedCrash = {
  crash_id: 'de1bb258-cbbf-4589-a673-34f800160918',
  signature: 'f',
  build: '20260101000000',
  os_name: 'Linux',
  submitted_timestamp: '2016-09-18T01:02:03.000004+00:00',
  completed_datetime: '2016-09-18T02:00:00+00:00',
  thread_count: 3,
  weight: 10,
  addons: ['a:1'],
  memory_measures: { explicit: 5 },
  collector_metadata: { collector_notes: ['note'], user_agent: 'test' },
  user_comments: 'secret',
}

const column = (table: 'crashes' | 'protected', name: string) => {
  const found = columnsOf(table).find((each) => each.name === name)
  return found && [found.type, found.from(crash)]
}

test.each([
  ['crash_id', 'string', crash.crash_id],
  ['build_id', 'string', '20260101000000'],
  ['platform', 'string', 'Linux'],
  ['submitted_at', 'timestamp', '2016-09-18T01:02:03.000004+00:00'],
  ['processed_at', 'timestamp', '2016-09-18T02:00:00+00:00'],
  ['thread_count', 'int32', 3],
  ['uptime', 'int64', null],
  ['oom_allocation_size', 'size', null],
  ['weight', 'double', 10],
  ['startup_crash', 'bool', null],
  ['addons', 'list<string>', ['a:1']],
  ['memory_explicit', 'int64', 5],
  ['memory_resident', 'int64', null],
])('columnsOf has %s as %s in the table crashes', (name, type, value) => {
  expect(column('crashes', name)).toEqual([type, value])
})

test.each([
  ['crash_id', 'string', crash.crash_id],
  ['user_comments', 'string', 'secret'],
  ['collector_notes', 'list<string>', ['note']],
])('columnsOf has %s as %s in the table protected', (name, type, value) => {
  expect(column('protected', name)).toEqual([type, value])
})

test('columnsOf has only the crash ID in both tables', () => {
  const names = columnsOf('protected').map((each) => each.name)
  expect(
    columnsOf('crashes')
      .filter((each) => names.includes(each.name))
      .map((each) => each.name),
  ).toEqual(['crash_id'])
  expect(columnsOf('crashes').every((each) => each.field.access === 'public')).toBe(true)
})
