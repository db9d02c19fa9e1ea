// The catalog: complete, free of contradictions, and what derives from it.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bannedAnnotations, volatileAnnotations } from '../../../shared/fields/annotations.ts'
import { columnsOf } from '../../../shared/fields/columns.ts'
import type { Shape } from '../../../shared/fields/shape.ts'
import {
  annotationByName,
  annotations,
  fieldByName,
  fields,
  labelOf,
  publicFields,
} from '../../../shared/fields/fields.ts'

const reference = join(import.meta.dirname, '../../../../shared/reference/fields.tsv')
const referenceRows = existsSync(reference)
  ? readFileSync(reference, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
  : []

/** Mayday's additions to Socorro's fields. */
const ownFields = [
  'cut_fields',
  'dumps_dropped_at',
  'duplicate_of',
  'processor_version',
  'signature_steps',
  'signature_version',
  'stack_key',
  'symbol_places',
  'throttle_percent',
  'throttle_rule',
  'weight',
]

describe('the catalog', () => {
  test('names each field, annotation and column once, and describes it', () => {
    const names = [
      fields.map((field) => field.name),
      annotations.map((row) => row.name),
      (['crashes', 'protected'] as const).flatMap((table) =>
        columnsOf(table)
          .map((column) => column.name)
          .filter((name) => name !== 'crash_id'),
      ),
    ]
    for (const list of names) expect(list.filter((name, i) => list.indexOf(name) !== i)).toEqual([])
    for (const row of [...fields, ...annotations]) expect(row.description).toMatch(/^[A-Za-z].{5,}\.$/)
  })

  test('has exactly the fields that Socorro makes public', () => {
    // 142 of Socorro's 166, plus additions
    const shared = publicFields.filter((field) => !ownFields.includes(field.name))
    expect(shared).toHaveLength(142)
    expect(fields.length - ownFields.length).toBe(166)
  })

  test.skipIf(referenceRows.length === 0)(
    'agrees with the reference on names, access and annotations',
    () => {
      const expected = referenceRows
        .filter(([name, kind]) => kind === 'processed' && /^\w+$/.test(name!))
        .map(([name, , , access, source]) => [
          name,
          access,
          source!.startsWith('annotation:') ? source!.slice(11) : '',
        ])
      const ours = fields
        .filter((field) => !ownFields.includes(field.name))
        .map(({ name, access, annotation }) => [name, access ?? 'protected', annotation ?? ''])
      expect(ours.sort()).toEqual(expected.sort())
      const sent = referenceRows
        .filter(([, kind]) => kind === 'annotation')
        .map(([name, , , access]) => [name, access])
      const known = annotations
        .filter(
          ({ name, banned, volatile }) =>
            !banned &&
            !name.startsWith('Sentry') &&
            !(volatile && name.startsWith('S') && /URL|Traces/.test(name)),
        )
        .map(({ name, access }) => [name, access ?? 'protected'])
      expect(known.sort()).toEqual(sent.sort())
    },
  )

  test.skipIf(referenceRows.length === 0)('agrees with the reference on the public parts of objects', () => {
    const expected = referenceRows
      .filter(([name, kind]) => kind === 'processed' && !/^\w+$/.test(name!))
      .filter(
        ([name, , , access]) => access === 'public' && !name!.startsWith('upload_file_minidump_browser'),
      )
      .filter(([, , type]) => !/object|array/.test(type!.replace('|null', '')))
      .map(([name]) => name!.replace(/<\w+>/g, '*'))
    const ours = publicFields
      .filter(({ name }) => name !== 'upload_file_minidump_browser' && !ownFields.includes(name))
      .flatMap((field) => leavesOf(field.shape, field.name))
      .filter((name) => !/^\w+(\[\])?$/.test(name))
      // Not in Socorro's.
      .filter((name) => !name.startsWith('json_dump.crashpad_info.') && !name.endsWith('.demangled'))
    expect(ours.sort()).toEqual(expected.sort())
  })

  test.skipIf(referenceRows.length === 0)('has a column for every field of Super Search', () => {
    const renamed: Record<string, string> = { date: 'submitted_at', uuid: 'crash_id' }
    const names = (access: 'crashes' | 'protected') => columnsOf(access).map((column) => column.name)
    for (const [name, kind, , access] of referenceRows) {
      if (kind !== 'supersearch') continue
      expect(names(access === 'public' ? 'crashes' : 'protected')).toContain(renamed[name!] ?? name)
    }
  })

  test('knows volatile and banned annotations', () => {
    expect([...volatileAnnotations].sort()).toEqual([
      'ServerURL',
      'StackTraces',
      'SubmittedFrom',
      'SubmittedFromInfobar',
      'Throttleable',
      'uuid',
    ])
    expect([...bannedAnnotations].sort()).toEqual([
      'Email',
      'TelemetryClientId',
      'TelemetryServerURL',
      'TelemetrySessionId',
    ])
  })

  test('has only known keys and values in its rows, which are JSON', () => {
    const keysOf = (rows: readonly object[]) => [...new Set(rows.flatMap(Object.keys))].sort()
    const known =
      'access aliases annotation column columns description fallback label name search shape source'
    expect(keysOf(fields)).toEqual(known.split(' '))
    expect(keysOf(annotations)).toEqual(['access', 'banned', 'description', 'name', 'volatile'])
    const sources = fields.map(({ source }) => source).filter((source) => source !== undefined)
    expect([...new Set(sources)].sort()).toEqual(['collector', 'processor', 'stackwalker'])
    expect(keysOf(fields.flatMap(({ column }) => column ?? []))).toEqual(['name', 'type'])
    expect(new Set(fields.flatMap(({ column }) => column?.type ?? []))).toEqual(new Set(['int32']))
    expect(new Set(annotations.flatMap(({ access }) => access ?? []))).toEqual(new Set(['public']))
  })

  test('protects fields that are not declared public', () => {
    expect(fieldByName('user_comments')?.access).toBeUndefined()
    expect(annotationByName('Comments')?.access).toBeUndefined()
    expect(annotationByName('URL')?.access).toBeUndefined()
    expect(annotationByName('JavaException')?.access).toBeUndefined()
    expect(fieldByName('java_exception')?.access).toBe('public')
    expect(annotationByName('SomethingNew')).toBeUndefined()
    expect(annotationByName('constructor')).toBeUndefined()
  })
})

/** Names of scalar leaves that are public, in the reference's notation. */
function leavesOf(shape: Shape, path: string): string[] {
  if (typeof shape === 'string') return [path]
  if ('protected' in shape) return []
  if ('nullable' in shape) return leavesOf(shape.nullable, path)
  if ('optional' in shape) return leavesOf(shape.optional, path)
  if ('sent' in shape) return leavesOf(shape.sent, path)
  if ('chosen' in shape) return leavesOf(shape.chosen, path)
  if ('list' in shape) return leavesOf(shape.list, `${path}[]`)
  if ('map' in shape) return leavesOf(shape.map, `${path}.*`)
  return Object.entries(shape.object).flatMap(([key, inner]) => leavesOf(inner, `${path}.${key}`))
}

test('a field has its label, or the words of its name', () => {
  expect([labelOf('release_channel'), labelOf('crash_id'), labelOf('major_version')]).toEqual([
    ...['Channel', 'Crash id', 'Major version'],
  ])
})
