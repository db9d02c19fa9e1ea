// Published metadata: schemas, manifests and versions of tables, with the IDs that readers use.
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Column } from '../../../batch/lake/columns.ts'
import { elementName, fieldId } from '../../../batch/lake/field-ids.ts'
import type { Table } from '../../../batch/lake/tables.ts'
import { decodeAvro, encodeAvro, type ManifestEntry, type ManifestFile } from '../../../batch/publish/avro.ts'
import { footerFile } from '../../../batch/publish/footers.ts'
import { lastColumnId, nameMapping, schemaOf } from '../../../batch/publish/iceberg-schema.ts'
import {
  currentSnapshot,
  nextMetadata,
  nextSchema,
  parseTableMetadata,
  type Snapshot,
  type TableMetadata,
} from '../../../batch/publish/table-metadata.ts'
import { keyOfPath, keysIn, listTrees, readManifest, readMetadata } from '../../../batch/publish/tree.ts'
import { icebergMetadataKey, icebergPrefix, manifestListKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { headerOf } from './avro.support.ts'

const column = (name: string, type: Column['type'], fields?: Column[]): Column => ({
  ...{ name, type, description: `The ${name}.` },
  ...(fields && { fields }),
})
const columns = [
  ...(['string', 'int64', 'int32', 'size', 'double', 'bool', 'timestamp', 'date'] as const).map((type) =>
    column(`c_${type}`, type),
  ),
  column('list', 'list<string>'),
  column('frames', 'structs', [column('n', 'int32'), column('names', 'list<string>')]),
]
const table: Table = { name: 'things', bucket: 'lake', columns, sort: [], description: 'Some things.' }
const inItem = (name: string) => ['frames', elementName, name]

describe('a schema', () => {
  const field = (path: string[], type: unknown) => ({
    ...{ id: fieldId(path), name: path.at(-1), required: false, type, doc: `The ${path.at(-1)}.` },
  })
  const listOf = (path: string[], element: unknown) => ({
    ...{ type: 'list', 'element-id': fieldId([...path, elementName]), 'element-required': false, element },
  })

  test('has an ID, a type and a description for each column', () => {
    expect(schemaOf(columns)).toEqual({
      type: 'struct',
      'schema-id': 0,
      fields: [
        ...Object.entries({
          ...{ string: 'string', int64: 'long', int32: 'int', size: 'decimal(20, 0)', double: 'double' },
          ...{ bool: 'boolean', timestamp: 'timestamptz', date: 'date' },
        }).map(([name, type]) => field([`c_${name}`], type)),
        field(['list'], listOf(['list'], 'string')),
        field(
          ['frames'],
          listOf(['frames'], {
            type: 'struct',
            fields: [field(inItem('n'), 'int'), field(inItem('names'), listOf(inItem('names'), 'string'))],
          }),
        ),
      ],
    })
  })

  test('has a last ID, also of items and their fields', () => {
    const paths = [
      ...columns.map(({ name }) => [name]),
      ...[['list', elementName], ['frames', elementName], inItem('n'), inItem('names')],
      [...inItem('names'), elementName],
    ]
    expect(lastColumnId(columns)).toBe(Math.max(...paths.map(fieldId)))
    for (const one of [column('a', 'list<string>'), column('a', 'structs')])
      expect(lastColumnId([one])).toBe(Math.max(fieldId(['a']), fieldId(['a', elementName])))
    expect(lastColumnId([column('a', 'int32')])).toBe(fieldId(['a']))
  })

  test('maps names to IDs for files without them', () => {
    const item = (path: string[], more: object = {}) => ({
      'field-id': fieldId(path),
      names: [path.at(-1)],
      ...more,
    })
    const listItem = (path: string[], more: object = {}) =>
      item(path, { fields: [item([...path, elementName], more)] })
    expect(nameMapping(columns)).toEqual([
      ...columns.slice(0, 8).map(({ name }) => item([name])),
      listItem(['list']),
      listItem(['frames'], { fields: [item(inItem('n')), listItem(inItem('names'))] }),
    ])
  })

  const known = (...schemas: object[]) => ({ schemas }) as unknown as TableMetadata
  test.each<[string, TableMetadata | null, number]>([
    ['of a new table', null, 0],
    [
      'that is known',
      known({ ...schemaOf([column('x', 'bool')]), 'schema-id': 7 }, { ...schemaOf(columns), 'schema-id': 5 }),
      5,
    ],
    ['that is new', known({ ...schemaOf([column('x', 'bool')]), 'schema-id': 7 }), 8],
  ])('%s has the ID of its version', (_, base, id) => {
    expect(nextSchema(table, base)).toEqual({ ...schemaOf(columns), 'schema-id': id })
  })
})

const snapshot = (id: number, at: number, more: object = {}): Snapshot => ({
  ...{
    'snapshot-id': id,
    'sequence-number': id,
    'schema-id': 0,
    'timestamp-ms': at,
    'manifest-list': `l${id}`,
  },
  ...{ summary: {} },
  ...more,
})

describe('the next version of a table', () => {
  const next = (base: TableMetadata | null, one: Snapshot, keepSince = 0, schemaId = 0) =>
    nextMetadata({
      ...{ table, location: 's3://x', schema: { ...schemaOf(columns), 'schema-id': schemaId }, base },
      ...{ snapshot: one, months: { '2026-10': 'digest' }, keepSince },
    })

  test('has everything that readers need', () => {
    const first = next(null, snapshot(1, 100))
    expect(first).toEqual({
      'format-version': 2,
      'table-uuid': expect.stringMatching(/^[0-9a-f-]{36}$/),
      location: 's3://x',
      'last-sequence-number': 1,
      'last-updated-ms': 100,
      'last-column-id': lastColumnId(columns),
      'current-schema-id': 0,
      schemas: [schemaOf(columns)],
      'default-spec-id': 0,
      'partition-specs': [
        {
          'spec-id': 0,
          fields: [{ name: 'date', transform: 'identity', 'source-id': fieldId(['date']), 'field-id': 1000 }],
        },
      ],
      'last-partition-id': 1000,
      'default-sort-order-id': 0,
      'sort-orders': [{ 'order-id': 0, fields: [] }],
      properties: {
        comment: 'Some things.',
        'schema.name-mapping.default': JSON.stringify(nameMapping(columns)),
        'mayday.months': '{"2026-10":"digest"}',
      },
      'current-snapshot-id': 1,
      refs: { main: { 'snapshot-id': 1, type: 'branch' } },
      snapshots: [snapshot(1, 100)],
      'snapshot-log': [{ 'timestamp-ms': 100, 'snapshot-id': 1 }],
      'metadata-log': [],
    })
    expect(next(first, snapshot(2, 200))['table-uuid']).toBe(first['table-uuid'])
    expect(next(null, snapshot(1, 100))['table-uuid']).not.toBe(first['table-uuid'])
  })

  test.each([
    [199, [1, 2, 3]],
    [200, [2, 3]],
    [299, [2, 3]],
    [300, [3]],
  ])('keeps the snapshots that were replaced after %i', (keepSince, kept) => {
    const base = next(next(null, snapshot(1, 100)), snapshot(2, 200))
    const found = next(base, snapshot(3, 300), keepSince)
    expect(found.snapshots.map((one) => one['snapshot-id'])).toEqual(kept)
    expect((found['snapshot-log'] as object[]).length).toBe(kept.length)
  })

  test('keeps the schemas of kept snapshots', () => {
    const base = next(null, snapshot(1, 100))
    const ids = (keepSince: number) =>
      next(base, snapshot(2, 200, { 'schema-id': 1 }), keepSince, 1).schemas.map((one) => one['schema-id'])
    expect([ids(0), ids(500)]).toEqual([[0, 1], [1]])
  })

  test('is read back; a damaged one is refused', () => {
    const first = next(null, snapshot(1, 100))
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
    expect(parseTableMetadata('k', bytes(first))).toEqual(first)
    expect(() => parseTableMetadata('k', new TextEncoder().encode('{'))).toThrow(
      expect.objectContaining({
        code: 'damaged',
        message: expect.stringMatching(
          /^k cannot be read \(.+\): delete iceberg\/, then run mayday publish$/,
        ),
      }),
    )
    for (const wrong of [
      { ...first, 'format-version': 1 },
      { ...first, snapshots: [] },
      { ...first, schemas: [] },
    ])
      expect(() => parseTableMetadata('k', bytes(wrong))).toThrow(/^k cannot be read \(/)
  })

  test('names its current snapshot; else the last one counts', () => {
    const two = next(next(null, snapshot(1, 100)), snapshot(2, 200))
    expect(currentSnapshot(two)['snapshot-id']).toBe(2)
    expect(currentSnapshot({ ...two, 'current-snapshot-id': 1 })['snapshot-id']).toBe(1)
    expect(currentSnapshot({ ...two, 'current-snapshot-id': 9 })['snapshot-id']).toBe(2)
  })
})

const entry = (path: string): ManifestEntry => ({
  ...{ status: 1, snapshot_id: 5, sequence_number: 6, file_sequence_number: 7 },
  data_file: {
    ...{ content: 0, file_path: path, file_format: 'PARQUET', partition: { date: 20_000 }, record_count: 8 },
    ...{ file_size_in_bytes: 9, value_counts: [{ key: 1, value: 2 }], null_value_counts: null },
    ...{ lower_bounds: [{ key: 1, value: Buffer.from('a') }], upper_bounds: null },
  },
})
const manifest = (path: string, length: number, more: Partial<ManifestFile> = {}): ManifestFile => ({
  ...{ manifest_path: path, manifest_length: length, partition_spec_id: 0, content: 0, sequence_number: 1 },
  ...{ min_sequence_number: 2, added_snapshot_id: 3, added_files_count: 1, existing_files_count: 1 },
  ...{ deleted_files_count: 4, added_rows_count: 5, existing_rows_count: 6, deleted_rows_count: 7 },
  partitions: [
    { contains_null: false, contains_nan: null, lower_bound: Buffer.from('l'), upper_bound: null },
  ],
  ...more,
})

describe('manifests', () => {
  /** ID and name of every field of a schema, in order. */
  function idsOf(type: unknown): string[] {
    if (Array.isArray(type)) return type.flatMap(idsOf)
    if (typeof type !== 'object' || type === null) return []
    const { fields, items, 'element-id': element } = type as Record<string, unknown>
    return [
      ...(element === undefined ? [] : [`element ${element}`]),
      ...((fields as { name: string; type: unknown; 'field-id': number }[]) ?? []).flatMap((one) => [
        `${one['field-id']} ${one.name}`,
        ...idsOf(one.type),
      ]),
      ...idsOf(items),
    ]
  }

  test('keep all values, their header and the IDs of fields', async () => {
    const bytes = await encodeAvro('manifest', [entry('a'), entry('b')], { content: 'data' })
    expect(await decodeAvro('manifest', 'k', bytes)).toEqual([entry('a'), entry('b')])
    const header = await headerOf(bytes)
    expect([String(header.content), String(header['avro.codec'])]).toEqual(['data', 'deflate'])
    expect(idsOf(JSON.parse(String(header['avro.schema'])))).toEqual([
      ...['0 status', '1 snapshot_id', '3 sequence_number', '4 file_sequence_number', '2 data_file'],
      ...['134 content', '100 file_path', '101 file_format', '102 partition', '1000 date'],
      ...['103 record_count', '104 file_size_in_bytes', '109 value_counts', '119 key', '120 value'],
      ...['110 null_value_counts', '121 key', '122 value', '125 lower_bounds', '126 key', '127 value'],
      ...['128 upper_bounds', '129 key', '130 value'],
    ])
  })

  test('are listed with all values', async () => {
    const bytes = await encodeAvro('list', [manifest('a', 1)], {})
    expect(await decodeAvro('list', 'k', bytes)).toEqual([manifest('a', 1)])
    expect(idsOf(JSON.parse(String((await headerOf(bytes))['avro.schema'])))).toEqual([
      ...['500 manifest_path', '501 manifest_length', '502 partition_spec_id', '517 content'],
      ...['515 sequence_number', '516 min_sequence_number', '503 added_snapshot_id', '504 added_files_count'],
      ...['505 existing_files_count', '506 deleted_files_count', '512 added_rows_count'],
      ...['513 existing_rows_count', '514 deleted_rows_count', '507 partitions', 'element 508'],
      ...['509 contains_null', '518 contains_nan', '510 lower_bound', '511 upper_bound'],
    ])
  })

  test('that are damaged are refused', async () => {
    await expect(decodeAvro('list', 'k', new Uint8Array(9))).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/^k cannot be read \(.+\): delete iceberg\/, then run mayday publish$/),
    })
  })
})

describe('published objects', () => {
  let lake: Storage
  beforeEach(() => {
    lake = createMemoryStorage()
  })
  const root = icebergPrefix('things')

  test('are listed by table, with the newest version', async () => {
    const keys = [1, 10, 2].map((version) => icebergMetadataKey('things', version))
    for (const key of [...keys, icebergMetadataKey('others', 3), 'iceberg/x'])
      await lake.put(key, new Uint8Array(3))
    const trees = await listTrees(lake)
    expect([trees('things').version, trees('others').version, trees('none').version]).toEqual([10, 3, 0])
    expect([...trees('things').objects.keys()].sort()).toEqual([...keys].sort())
    expect(trees('things').objects.get(keys[0]!)).toEqual({
      ...{ key: keys[0], size: 3, uploaded: expect.any(Date) },
    })
    expect(await readMetadata(lake, trees('none'))).toBeNull()
    expect(await readMetadata(lake, { ...trees('things'), version: 4 })).toBeNull()
    await expect(readMetadata(lake, trees('things'))).rejects.toMatchObject({ code: 'damaged' })
  })

  test.each([
    [`s3://bucket/deep/${root}data/x`, `${root}data/x`],
    [`${root}data/x`, `${root}data/x`],
    [`s3://${root}y/${root}data/x`, `${root}data/x`],
    ['elsewhere', 'elsewhere'],
  ])('%s has the key %s', (path, key) => expect(keyOfPath('things', path)).toBe(key))

  async function publish(changes: { length?: number; files?: number; manifests?: string } = {}) {
    const key = `${root}metadata/manifest-2026-10-abc.avro`
    const entries = await encodeAvro('manifest', [entry(`s3://x/${root}data/1`), entry(`${root}data/2`)], {})
    await lake.put(key, entries)
    const one = manifest(`s3://x/${key}`, entries.length + (changes.length ?? 0), {
      added_files_count: 1 + (changes.files ?? 0),
    })
    await lake.put(manifestListKey('things', 5), await encodeAvro('list', [one], {}))
    return {
      key,
      one,
      snapshot: snapshot(5, 1, { summary: { 'mayday.manifests': changes.manifests ?? '1' } }),
    }
  }

  test('of a snapshot are its manifests, and the files of some months', async () => {
    const { key, snapshot: current } = await publish()
    const of = async (...months: string[]) =>
      [
        ...(await keysIn(lake, {
          table: 'things',
          snapshot: current,
          ...(months.length && { months: new Set(months) }),
        })),
      ].sort()
    expect(await of()).toEqual([`${root}data/1`, `${root}data/2`, key])
    expect(await of('2026-10')).toHaveLength(3)
    expect(await of('2026-11')).toEqual([key])
  })

  test.each([
    ['another length', { length: 1 }, 'manifest'],
    ['another number of files', { files: 1 }, 'manifest'],
    ['another number of manifests', { manifests: '2' }, 'list'],
  ])('with %s are incomplete', async (_, changes, kind) => {
    const { key, snapshot: current } = await publish(changes)
    const where = kind === 'list' ? manifestListKey('things', 5) : key
    await expect(keysIn(lake, { table: 'things', snapshot: current })).rejects.toMatchObject({
      ...{ code: 'damaged', message: `${where} is incomplete: delete iceberg/, then run mayday publish` },
    })
  })

  test('that are missing are named', async () => {
    const { one, key } = await publish()
    await lake.delete(key)
    await expect(readManifest(lake, 'things', one)).rejects.toMatchObject({
      ...{ code: 'damaged', message: `${key} is missing: delete iceberg/, then run mayday publish` },
    })
  })

  test.each([
    ['with a short footer', 70_000, 100, true],
    ['with a footer of the bytes that are read first', 70_000, 65_528, true],
    ['with a longer one', 70_000, 65_529, true],
    ['that is a footer alone', 70_000, 69_992, true],
    ['whose footer is longer than the file', 70_000, 69_993, false],
    ['that is short', 8, 0, true],
    ['that is too short', 7, 0, false],
  ])('a file %s has a footer', async (_, size, footer, isSound) => {
    const bytes = Uint8Array.from({ length: size }, (_, n) => n % 251)
    if (size >= 8) new DataView(bytes.buffer).setUint32(size - 8, footer, true)
    bytes.set(new TextEncoder().encode('PAR1').subarray(0, Math.min(4, size)), size - 4)
    await lake.put('f', bytes)
    const dir = tmpdir()
    if (!isSound)
      return expect(footerFile(lake, { key: 'f', size }, dir)).rejects.toMatchObject({
        ...{
          code: 'damaged',
          message: 'f is not a Parquet file: run mayday verify --deep, then mayday publish',
        },
      })
    await using file = (await footerFile(lake, { key: 'f', size }, dir))!
    const copy = readFileSync(file.path)
    expect(copy.length).toBe(size)
    expect(copy.subarray(-footer - 8)).toEqual(Buffer.from(bytes.subarray(-footer - 8)))
    expect(await footerFile(lake, { key: 'f', size: size + 1 }, dir)).toBeNull()
    await expect(footerFile(lake, { key: 'g', size }, dir)).rejects.toThrow(
      'g is missing: run mayday publish again',
    )
  })
})
