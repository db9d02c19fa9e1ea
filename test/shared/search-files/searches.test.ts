// A search of several files: its progress, files that are replaced meanwhile, and what it refuses.
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../shared/errors.ts'
import type { Result } from '../../../shared/search/query.ts'
import { ColumnStore } from '../../../shared/search-files/column-store.ts'
import { emptyManifest, type Manifest } from '../../../shared/search-files/manifest.ts'
import { needsOf, searchFiles } from '../../../shared/search-files/search-files.ts'
import type { SearchSource } from '../../../shared/search-files/source.ts'
import { now, openOptions, permittedOptions, queryOf } from '../search/parsed.ts'
import { sourceOfCrashes } from './memory-files.ts'

const crash = (n: number, product: string) => ({
  crash_id: `${n}0000000-0000-8000-8000-000000260820`,
  processed_at: now - n,
  product,
})
const source = sourceOfCrashes([[crash(1, 'A'), crash(2, 'B')], [crash(3, 'A')], [crash(4, 'B')]])
const storeOf = (from: SearchSource) => new ColumnStore(from, { maxBytes: 2 ** 20 })
const query = (parameters: string) => queryOf(parameters, openOptions)

/** A source whose manifests come one after the other, and whose old files do not exist any more. */
function replaced(manifests: readonly Manifest[]) {
  let asked = 0
  const gone = new Set(manifests[0]!.files.slice(0, 1).map(({ key }) => key))
  const changing: SearchSource = {
    manifest: async () => manifests[Math.min(asked++, manifests.length - 1)]!,
    async read(key, range) {
      if (gone.has(key)) throw new CrashError('missing', `${key} does not exist`)
      return source.read(key, range)
    },
  }
  return { changing, asked: () => asked }
}

describe('a search', () => {
  test('reports after each file what was found so far, without hits', async () => {
    const seen: [files: number, all: number, rows: number, result: Result][] = []
    const result = await searchFiles(
      query('product=A&_facets=product&_results_number=1&_columns=uuid'),
      storeOf(source),
      {
        onProgress: ({ files, allFiles, rows, result: resultOf }) =>
          seen.push([files, allFiles, rows, resultOf()]),
      },
    )
    expect(seen.map(([files, all]) => [files, all])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ])
    expect(seen.at(-1)![2]).toBe(4)
    expect(seen.map(([, , , { hits, next }]) => [hits, next])).toEqual(seen.map(() => [[], null]))
    expect(seen.at(-1)![3]).toMatchObject({ total: 2, facets: [{ buckets: [{ term: 'A', count: 2 }] }] })
    expect(result).toMatchObject({
      total: 2,
      hits: [[crash(1, 'A').crash_id]],
      next: [now - 1, crash(1, 'A').crash_id],
    })
  })

  test('without hits has only totals and facets', async () => {
    const result = await searchFiles(query('_results_number=0&_facets=product'), storeOf(source))
    expect(result).toMatchObject({ hits: [], total: 4, next: null })
  })

  test('starts over with the current manifest when a file was replaced', async () => {
    const manifest = await source.manifest()
    const current = { ...manifest, files: manifest.files.slice(1) }
    const { changing, asked } = replaced([manifest, current])
    expect(await searchFiles(query(''), storeOf(changing))).toMatchObject({ total: 2 })
    expect(asked()).toBe(2)
    const known = replaced([manifest, current])
    await known.changing.manifest()
    expect(await searchFiles(query(''), storeOf(known.changing), { manifest })).toMatchObject({ total: 2 })
    expect(known.asked()).toBe(2)
  })

  test('fails when a file of the current manifest is missing, too', async () => {
    const { changing, asked } = replaced([await source.manifest()])
    await expect(searchFiles(query(''), storeOf(changing))).rejects.toMatchObject({ code: 'missing' })
    expect(asked()).toBe(2)
  })

  test('fails at once where another attempt cannot help', async () => {
    let asked = 0
    const failing: SearchSource = {
      manifest: () => {
        asked++
        return source.manifest()
      },
      read: () => Promise.reject(new CrashError('storage', 'no connection')),
    }
    await expect(searchFiles(query(''), storeOf(failing))).rejects.toThrow('no connection')
    expect(asked).toBe(1)
  })

  test('uses the manifest that it was given', async () => {
    const given = { manifest: emptyManifest() }
    expect(await searchFiles(query(''), storeOf(source), given)).toMatchObject({ total: 0 })
  })

  test('of a protected field is refused', async () => {
    const refused = searchFiles(queryOf('url=x', permittedOptions), storeOf(source))
    await expect(refused).rejects.toMatchObject({
      code: 'bad-usage',
      message: 'Search files do not have url',
    })
  })

  test('stops when its signal does', async () => {
    const signal = AbortSignal.abort(new Error('another question'))
    await expect(searchFiles(query(''), storeOf(source), { signal })).rejects.toThrow('another question')
  })

  test('needs the columns that it counts and shows', () => {
    const { from, to, columns } = needsOf(query('product=A&_facets=version&_columns=reason'))
    expect([from, to]).toEqual([now - 7 * 86_400_000_000, now + 1])
    expect([...columns].sort()).toEqual([
      ...['crash_id', 'duplicate_of', 'processed_at', 'product', 'reason', 'version', 'weight'],
    ])
  })
})
