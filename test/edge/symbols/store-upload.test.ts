// What the store of one upload records: marks for indexing, arrivals, audit, metrics.
import { describe, expect, test } from 'vitest'
import { createSymbolServer } from '../../../edge/symbols/context.ts'
import {
  type FileToStore,
  newUploadId,
  placedFile,
  storeUpload,
  type UploadResult,
} from '../../../edge/symbols/upload/store-upload.ts'
import { CrashError } from '../../../shared/errors.ts'
import type { FilePath } from '../../../shared/symbol-store/file-path.ts'
import { readArrivals } from '../../../shared/symbols/arrivals.ts'
import { createTestEdge, startTime } from '../edge.support.ts'

const id = 'D48F191186D67E69DF025AD71FB91E1F0'
const holder = { label: 'ci', tokenId: 'token-1' }
const symPath: FilePath = { name: 'app.pdb', id, leaf: 'app.sym' }
const otherPath: FilePath = { name: 'notes', id: 'A1', leaf: 'notes.txt' }
const symText = (rest = '') =>
  `MODULE windows x86_64 ${id} app.pdb\nINFO CODE_ID 5F8599C48000 app.exe\n${rest}`

async function* bytes(text: string) {
  yield new TextEncoder().encode(text)
}
const file = (path: FilePath, text: string): FileToStore => placedFile(path, () => bytes(text))

/** Stores uploads in turn; returns what the last one changed. */
async function store(uploads: FileToStore[][], isTry = false) {
  const { deps } = createTestEdge()
  const audit: unknown[] = []
  const counts: unknown[] = []
  const server = createSymbolServer(deps)
  const remember = server.missingFiles.begin('a lookup')
  let found: UploadResult | null = null
  for (const [i, files] of uploads.entries()) {
    audit.length = counts.length = 0
    Object.assign(deps, {
      audit: { record: (...entry: unknown[]) => audit.push(entry) },
      metrics: { record: (...entry: unknown[]) => counts.push(entry) },
    })
    found = await storeUpload(files, { id: i, holder, isTry }, server)
  }
  remember()
  const { symbols } = deps.stores
  const marks: string[] = []
  for await (const { key } of symbols.list('wanted/')) marks.push(key)
  const arrivals = await Array.fromAsync(readArrivals(symbols, new Date(0)), ({ modules }) => modules)
  return { found: found!, audit, counts, marks, arrivals, wasForgotten: !server.missingFiles.has('a lookup') }
}

const refusals = (count: number) => ['symbol_files_total', count, { outcome: 'refused' }]
const outcome = (name: string) => ['symbol_files_total', 1, { outcome: name }]

describe('an upload', () => {
  const entry = (detail: string, upload = 0) => [
    holder,
    { action: 'upload_symbols', subject: `upload ${upload}`, detail },
  ]

  test('of a symbol file is recorded everywhere', async () => {
    const { found, ...recorded } = await store([[file(symPath, symText())]])
    expect(found).toMatchObject({ stored: [{ path: symPath, outcome: 'new' }], programs: [], refused: [] })
    expect(recorded).toEqual({
      audit: [entry(`1 files in the regular storage, the first app.pdb/${id}/app.sym`)],
      counts: [outcome('new'), refusals(0)],
      marks: [`wanted/regular/app.pdb/${id}`],
      arrivals: [[{ debug_file: 'app.pdb', debug_id: id, code_file: 'app.exe', code_id: '5F8599C48000' }]],
      wasForgotten: true,
    })
  })

  test('to the try storage is not an arrival', async () => {
    const { audit, marks, arrivals, wasForgotten } = await store([[file(symPath, symText())]], true)
    expect(audit).toEqual([entry(`1 files in the try storage, the first app.pdb/${id}/app.sym`)])
    expect(marks).toEqual([`wanted/try/app.pdb/${id}`])
    expect([arrivals, wasForgotten]).toEqual([[], true])
  })

  test('of another file is not an arrival, and has no index', async () => {
    const { audit, marks, arrivals, wasForgotten } = await store([[file(otherPath, 'text')]])
    expect(audit).toEqual([entry('1 files in the regular storage, the first notes/A1/notes.txt')])
    expect([marks, arrivals, wasForgotten]).toEqual([[], [], true])
  })

  test('of nothing new is only counted', async () => {
    const { deps } = createTestEdge()
    const server = createSymbolServer(deps)
    const files = [file(symPath, symText())]
    await storeUpload(files, { id: 0, holder, isTry: false }, server)
    server.missingFiles.begin('a lookup')()
    const audit: unknown[] = []
    Object.assign(deps.audit, { record: (...entry: unknown[]) => audit.push(entry) })
    const { stored } = await storeUpload(files, { id: 1, holder, isTry: false }, server)
    expect(stored).toMatchObject([{ outcome: 'same' }])
    expect([audit, server.missingFiles.has('a lookup')]).toEqual([[], true])
    expect(await Array.fromAsync(readArrivals(deps.stores.symbols, new Date(0)))).toHaveLength(1)
  })

  test('that replaces a file names both contents', async () => {
    const { found, audit, counts } = await store([
      [file(symPath, symText())],
      [file(otherPath, 'text'), file(symPath, symText('PUBLIC 10 0 f\n'))],
    ])
    const { md5, formerMd5 } = found.stored.find(({ path }) => path === symPath)!
    expect(formerMd5).toMatch(/^[0-9a-f]{32}$/)
    expect(audit).toHaveLength(2)
    expect(audit[0]).toMatchObject([
      holder,
      { subject: 'upload 1', detail: expect.stringMatching(/^2 files /) },
    ])
    expect(audit[1]).toEqual([
      holder,
      {
        action: 'upload_symbols',
        subject: `app.pdb/${id}/app.sym`,
        detail: `upload 1 replaced content with MD5 ${formerMd5} by MD5 ${md5}`,
      },
    ])
    expect(counts.map((count) => JSON.stringify(count)).sort()).toEqual(
      [outcome('new'), outcome('replaced'), refusals(0)].map((count) => JSON.stringify(count)).sort(),
    )
  })
})

describe('a file that is refused', () => {
  const unnamed = { path: null, name: 'x', key: 'x', open: () => bytes('text') }
  const broken = (error: Error): FileToStore =>
    placedFile(otherPath, async function* () {
      yield* bytes('te')
      throw error
    })

  test.each([
    ['of no known format', unnamed, 'x', 'It is neither a symbol file, a program nor a debug file'],
    [
      'that cannot be read',
      broken(new CrashError('bad-symbols', 'It is cut')),
      'notes/A1/notes.txt',
      'It is cut',
    ],
    [
      'of another size',
      { ...file(otherPath, 'text'), expected: { size: 5, md5: '' } },
      'notes/A1/notes.txt',
      'It has 4 bytes; 5 were announced',
    ],
    [
      'of another content',
      { ...file(otherPath, 'text'), expected: { size: 4, md5: 'x' } },
      'notes/A1/notes.txt',
      'Its MD5 is 1cb251ec0d568de6a929b520c4aed8d1; x was announced',
    ],
  ])('%s does not affect others', async (_, refused, key, reason) => {
    const { found, audit, counts } = await store([[refused, file(symPath, symText())]])
    expect(found).toMatchObject({ stored: [{ path: symPath }], refused: [{ key, reason }] })
    expect(counts).toContainEqual(refusals(1))
    expect(audit).toHaveLength(1)
  })

  test('alone, leaves only its count', async () => {
    const { audit, counts, wasForgotten } = await store([[unnamed]])
    expect([audit, counts, wasForgotten]).toEqual([[], [refusals(1)], false])
  })

  test.each([new CrashError('storage', 'no space'), new TypeError('a mistake')])(
    'is not one when the failure is %s; what was stored is recorded',
    async (error) => {
      const { deps } = createTestEdge()
      const audit: unknown[] = []
      Object.assign(deps.audit, { record: (...entry: unknown[]) => audit.push(entry) })
      async function* files() {
        yield file(symPath, symText())
        yield broken(error)
      }
      const upload = { id: 0, holder, isTry: false }
      await expect(storeUpload(files(), upload, createSymbolServer(deps))).rejects.toBe(error)
      expect(audit).toHaveLength(1)
    },
  )
})

test.each([
  ['a list', 2],
  ['a stream', 1],
])('the files of %s are read %d at a time', async (_, most) => {
  let reading = 0
  let highest = 0
  const slow = Array.from({ length: 4 }, (_, i) =>
    placedFile({ ...otherPath, leaf: `${i}.txt` }, async function* () {
      highest = Math.max(highest, ++reading)
      yield* bytes('a')
      await new Promise((resume) => setImmediate(resume))
      yield* bytes('b')
      reading--
    }),
  )
  async function* stream() {
    yield* slow
  }
  const upload = { id: 0, holder, isTry: false }
  await storeUpload(most === 1 ? stream() : slow, upload, createSymbolServer(createTestEdge().deps))
  expect(highest).toBe(most)
})

test.each([
  [0, 0],
  [0.5, 500],
  [0.9999, 999],
])('the ID of an upload is of its time, and %d gives %d', (random, digits) => {
  const { deps } = createTestEdge()
  Object.assign(deps, { random: () => random })
  expect(newUploadId(createSymbolServer(deps))).toBe(startTime.getTime() * 1000 + digits)
})
