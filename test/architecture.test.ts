// Which parts may import which, read from import statements; no object is indexed by text, checked by type.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Import, importsOf, sourceFiles } from './support/imports.ts'
import { findTextKeys } from './support/text-keys.ts'

const root = resolve(import.meta.dirname, '..')
const parts = ['shared', 'edge', 'batch', 'dashboard', 'deploy', 'test'] as const

const files = parts.flatMap((part) => sourceFiles(root, part))
const imports = files.flatMap((file) => importsOf(root, file))

const partOf = (path: string) => path.split('/')[0]!
const show = (list: Import[]) => list.map((i) => `${i.from} -> ${i.to}`)

describe('architecture', () => {
  const allowed: Record<string, readonly string[]> = {
    shared: ['shared'],
    edge: ['edge', 'shared'],
    batch: ['batch', 'shared'],
    dashboard: ['dashboard', 'shared'],
    deploy: ['deploy', 'batch', 'shared'],
    test: [...parts],
  }

  test('every part imports something, so the checks below see imports', () => {
    expect(new Set(imports.map((i) => partOf(i.from)))).toEqual(new Set(parts))
    expect(imports).toContainEqual({
      from: 'dashboard/model/overview.ts',
      to: 'shared/aggregates/documents.ts',
    })
  })

  test('each part imports only the parts that it is allowed to', () => {
    const wrong = imports.filter((i) => {
      const to = partOf(i.to)
      if (!(parts as readonly string[]).includes(to) || isComposition(i)) return false
      return !allowed[partOf(i.from)]!.includes(to)
    })
    expect(show(wrong)).toEqual([])
  })

  test('shared needs only packages for every runtime, and no Node module outside *.node.ts', () => {
    const wrong = imports.filter(
      (i) =>
        partOf(i.from) === 'shared' &&
        partOf(i.to) !== 'shared' &&
        !(i.from.endsWith('.node.ts') && /^(node:|[a-z@])/.test(i.to)) &&
        !purePackages.has(i.to) &&
        !isAdapter(i),
    )
    expect(show(wrong)).toEqual([])
  })

  test('the edge uses Node modules only through *.node.ts and its entries', () => {
    const wrong = imports.filter(
      (i) => partOf(i.from) === 'edge' && i.to.startsWith('node:') && !nodeEntries.has(i.from),
    )
    expect(show(wrong)).toEqual([])
  })

  test('imports form no cycle, including type imports', () => {
    const graph = new Map<string, string[]>()
    for (const i of imports) graph.set(i.from, [...(graph.get(i.from) ?? []), i.to])
    expect(findCycle(graph)).toEqual([])
  })

  test('each room of batch imports only rooms before it', () => {
    const rooms =
      'threads products lake derived bugs access planning alerts search-files symbols processing removal publish aggregates exchange cost simulate check stackwalk cli rounds sql serve mcp local site commands'.split(
        ' ',
      )
    const found = files.filter((file) => /^batch\/.+\//.test(file)).map((file) => file.split('/')[1]!)
    expect(rooms).toEqual(expect.arrayContaining([...new Set(found)]))
    const roomOf = (path: string) => (path.startsWith('batch/') ? rooms.indexOf(path.split('/')[1]!) : -1)
    const wrong = imports.filter((i) => roomOf(i.from) >= 0 && roomOf(i.to) > roomOf(i.from))
    expect(show(wrong)).toEqual([])
  })

  test('no room has more than 16 files of code', () => {
    const rooms = Map.groupBy(
      files.filter((file) => partOf(file) !== 'test'),
      dirname,
    )
    const full = [...rooms].filter(([, list]) => list.length > 16)
    expect(full.map(([room, list]) => `${room}: ${list.length}`)).toEqual([])
  })

  test('relative imports name a file that exists, with its extension', () => {
    const known = new Set(files)
    const wrong = imports.filter(
      (i) =>
        (parts as readonly string[]).includes(partOf(i.to)) &&
        /\.tsx?$/.test(i.to) === false &&
        !/\.(css|json|svg)$|\?(?:url&inline|worker&url)$/.test(i.to),
    )
    expect(show(wrong)).toEqual([])
    expect(show(imports.filter((i) => /\.tsx?$/.test(i.to) && !known.has(i.to)))).toEqual([])
  })
})

describe('keys', () => {
  /** Files whose string keys are Mayday's own names and where speed matters. */
  const ownNames: readonly RegExp[] = [
    // Columns of the tables in symbol files.
    /^shared\/symbols\/symdex\//,
    // Columns of the tables in the lake.
    /^batch\/lake\/(parquet|tables|vectors)\.ts$/,
  ]
  const found = findTextKeys(root, ['.', 'edge', 'batch', 'dashboard'])
  const own = 'shared/own.ts'

  test('the check covers all code, and finds the one place that may index by text', () => {
    expect(found.size).toBeGreaterThan(300)
    expect(found.get(own)).toHaveLength(2)
  })

  test('objects are indexed by text only through own() and setOwn(): clients send __proto__', () => {
    const places = [...found].flatMap(([file, keys]) => keys.map((key) => ({ file, key })))
    const wrong = places.filter(({ file }) => file !== own && !ownNames.some((name) => name.test(file)))
    expect(wrong.map(({ file, key }) => `${file}:${key}`)).toEqual([])
  })
})

test('folders are created only by makeFolder: a recursive mkdir never returns where nothing can be created', () => {
  const creates = (file: string) => /\bmkdir(?:Sync)?\b/.test(readFileSync(join(root, file), 'utf8'))
  const sources = files.filter((file) => partOf(file) !== 'test')
  expect(sources.filter(creates)).toEqual(['shared/make-folder.node.ts'])
})

/** `mayday serve` is the edge and batch in one program; only its command knows both. */
const isComposition = ({ from, to }: Import) =>
  from === 'batch/commands/setup/serve.ts' && /^edge\/runtime\/(?:node|server-edge)\.ts$/.test(to)

/** Entries of the edge on a machine of its own. */
const nodeEntries: ReadonlySet<string> = new Set(['edge/runtime/node.ts', 'edge/runtime/server-edge.ts'])

/** Packages that run in every runtime. */
const purePackages: ReadonlySet<string> = new Set([
  'fastest-levenshtein',
  'fflate',
  'fzstd',
  'lru-cache',
  'p-map',
  'xz-decompress',
  'zod/mini',
])

/** Packages that only one file uses: request signing, XML, msgpack, archives, addresses. */
const adapters: Readonly<Record<string, string>> = {
  'shared/storage/s3.ts': 'aws4fetch',
  'shared/storage/s3-xml.ts': 'fast-xml-parser',
  'shared/sentry/decode.ts': '@msgpack/msgpack',
  'shared/symbols/sources/redirects.ts': 'ipaddr.js',
  'shared/archives/zip.ts': '@zip.js/zip.js/lib/zip-core-reader.js',
  'shared/archives/tar.ts': 'modern-tar',
}
const isAdapter = (i: Import) => adapters[i.from] === i.to

function findCycle(graph: Map<string, string[]>): string[] {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (node: string): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return []
    path.push(node)
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next)
      if (cycle.length) return cycle
    }
    path.pop()
    done.add(node)
    return []
  }
  for (const node of graph.keys()) {
    const cycle = visit(node)
    if (cycle.length) return cycle
  }
  return []
}
