// The manifest of the search files: which files there are, and where the blocks are in each (FORMATS.md, "Search files").
import * as z from 'zod/mini'
import { CrashError } from '../errors.ts'
import { check, date, exactObject } from '../json/schema.ts'
import { isSearchFileKey } from '../keys.ts'
import { blockKinds, searchColumns } from './columns.ts'
import type { BlockShape } from './decode.ts'
import { maxNumberBytes } from './encode.ts'

/** Incremented when files of older versions cannot be read any more. */
const searchFilesVersion = 1

/** Rows of one request for crash IDs. */
export const idChunkRows = 16_384
/** Bytes of a crash ID: its 32 hexadecimal digits. */
export const idBytes = 16

/** Limits of a file, for readers: more is damage. */
const maxRows = 2 ** 26
const maxBlockBytes = 2 ** 29

const count = (most: number) => z.int().check(z.minimum(0), z.maximum(most))
const offset = count(2 ** 40)
/** Lowest and highest time in microseconds since 1970, and the number of rows without; null: no row has the time. */
const span = z.nullable(z.tuple([z.int(), z.int(), count(maxRows)]))

/** Name of the column; offset and length in the file; inflated length; bytes of a code or number; number of values, or 0. */
const block = z.tuple([
  z.string(),
  offset,
  count(maxBlockBytes),
  count(maxBlockBytes),
  count(maxNumberBytes),
  count(maxRows),
])

const file = exactObject({
  key: z.string().check(z.refine(isSearchFileKey, 'must be the key of a search file')),
  bytes: offset,
  rows: count(maxRows),
  /** Days of submission, first and last. */
  from: date,
  to: date,
  submitted_at: span,
  processed_at: span,
  /** The version of the table files of each day with rows. */
  sources: z.array(z.tuple([date, z.string()])),
  made_at: z.iso.datetime(),
  /** Bytes at the start of the file: the blocks of the core. */
  core: offset,
  /** In the order of the file. A column without values in these rows has no block. */
  blocks: z.array(block),
  /** Where the crash IDs start: 16 bytes a row up to the end of the file. */
  ids: offset,
})

const manifest = exactObject({
  version: z.literal(searchFilesVersion),
  /** How blocks are compressed. */
  codec: z.literal('deflate-raw'),
  /** The columns that the files may have, and their kinds. */
  columns: z.array(z.tuple([z.string(), z.enum(blockKinds)])),
  files: z.array(file),
  /** Days whose table files have no rows, with the versions of these files. */
  empty: z.array(z.tuple([date, z.string()])),
  /** Files that are not used any more, and since when: they are deleted a day later. */
  dropped: z.array(exactObject({ key: z.string(), at: z.iso.datetime() })),
})

export type Manifest = z.output<typeof manifest>
export type TimeSpan = z.output<typeof span>
export type SearchFile = z.output<typeof file>
export type Block = z.output<typeof block>

/** The manifest of no files. */
export const emptyManifest = (): Manifest => ({
  version: searchFilesVersion,
  codec: 'deflate-raw',
  columns: searchColumns.map(({ name, kind }) => [name, kind]),
  files: [],
  empty: [],
  dropped: [],
})

/**
 * Parses a manifest.
 * @throws CrashError 'damaged'
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const { data, problems } = check(manifest, parseJson(bytes))
  if (!data)
    throw new CrashError('damaged', `The manifest of the search files cannot be read: ${problems[0]}`)
  return data
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new CrashError('damaged', 'The manifest of the search files is not JSON', { cause })
  }
}

/** The crash ID of a row, from its 16 bytes at `offset`. */
export function crashIdOf(ids: Uint8Array, offset: number): string {
  let id = ''
  for (let i = 0; i < idBytes; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) id += '-'
    id += ids[offset + i]!.toString(16).padStart(2, '0')
  }
  return id
}

/** The shape of a block, for `decodeBlock`. */
export const shapeOf = ({ rows }: SearchFile, [, , , , width, values]: Block): BlockShape => ({
  rows,
  width,
  values,
})
