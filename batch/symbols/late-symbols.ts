// Finds the crashes whose missing symbols have arrived, at a cost that follows what is new.
import { readdirSync } from 'node:fs'
import { forEachConcurrent } from '../../shared/batches.ts'
import { isCrashError } from '../../shared/errors.ts'
import { bucketFiles } from '../../shared/symbols/sources/bucket.ts'
import { isSymbolFile } from '../../shared/symbols/sources/folder.node.ts'
import type { SymbolFiles } from '../../shared/symbols/sources/symbol-files.ts'
import type { ModuleKey } from '../../shared/symbols/sources/symbol-path.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import type { Product } from '../products/product-file.ts'
import {
  type ArrivedFor,
  crashesLacking,
  type MissingModule,
  modulesArrived,
  modulesLacking,
  openMissingModules,
} from './missing-modules.ts'
import { openArrivals } from './new-arrivals.ts'
import { missPath, type SymbolMisses, withMisses } from './symbol-misses.ts'
import { isUrl, symbolFilesAt } from './symbol-sources.ts'

export interface LateSymbolsOptions {
  products: ReadonlyMap<string, Product>
  /** Folders and servers of the command line. */
  places: readonly string[]
  misses: SymbolMisses
  /** Look up every missing module everywhere, also in the store, instead of what may be new. */
  all?: boolean
  now?: Date
  /** Called for each lookup. */
  onAsked?: () => void
}

/** Modules whose symbols are now available, and the crashes that lacked them, in order. */
export interface LateSymbols {
  /** Arrivals read. */
  arrivals: number
  /** Lookups, one per module and source. */
  asked: number
  found: MissingModule[]
  crashIds: string[]
  /** Why sources failed: the rest of their modules was not looked up. */
  failures: string[]
  /** Call it once the crashes were processed: the next call reads only newer arrivals. */
  finish(): Promise<void>
}

/** Lookups at once at one source. */
const lookupsAtOnce = 16
/** Lookups at one server in one round: those that affect most crashes. */
const mostAsked = 5000

/**
 * Looks up what may be new: in the store, modules that an arrival names; in folders, modules of the names that are there;
 * at servers, modules that they did not recently lack. Sources of a product are asked for modules of its crashes only.
 * @throws CrashError 'storage' if the store fails
 */
export async function findLateSymbols(files: TableFiles, options: LateSymbolsOptions): Promise<LateSymbols> {
  const { misses, all = false, now = new Date(), onAsked = () => {} } = options
  const arrivals = await openArrivals(files, now)
  const count = all ? 0 : await arrivals.read()
  const sources = [
    ...(all || count > 0 ? [storeSource(files, all)] : []),
    ...placesOf(options).map((place) => placeSource(files, place, options)),
  ]
  const search: Search = { asked: 0, found: new Map(), failures: [], onAsked }
  if (sources.length > 0) await openMissingModules(files)
  for (const source of sources) await searchIn(source, search)
  await misses.save()
  const found = [...search.found.values()]
  return {
    arrivals: count,
    asked: search.asked,
    found: found.map(({ module }) => module),
    crashIds: found.length > 0 ? await crashesLacking(files, found) : [],
    failures: search.failures,
    finish: all ? async () => {} : arrivals.finish,
  }
}

interface Search {
  asked: number
  found: Map<string, ArrivedFor>
  failures: string[]
  onAsked: () => void
}

interface Source {
  files: SymbolFiles
  /** The products whose crashes may use it; null: all. */
  products: readonly string[] | null
  candidates: AsyncIterable<Candidate>
  /** A failure does not end the search. */
  mayFail: boolean
}

interface Candidate {
  module: MissingModule
  /** Only crashes that were processed before can have missed the symbols; null: not known. */
  before: Date | null
}

/** The store: every module, or those that arrivals name. */
function storeSource(files: TableFiles, all: boolean): Source {
  async function* arrived() {
    for await (const { before, ...module } of modulesArrived(files))
      yield { module, before: new Date(before) }
  }
  return {
    files: bucketFiles(files.stores.symbols),
    products: null,
    candidates: all ? unlimited(modulesLacking(files, {})) : arrived(),
    mayFail: false,
  }
}

async function* unlimited(modules: AsyncIterable<MissingModule>): AsyncGenerator<Candidate> {
  for await (const module of modules) yield { module, before: null }
}

interface Place {
  place: string
  products: readonly string[] | null
}

/** The folders and servers of the command line for all products, then those of product files. */
function placesOf({ places, products }: LateSymbolsOptions): Place[] {
  const byPlace = new Map<string, string[]>()
  for (const { name, symbols } of products.values()) {
    for (const place of symbols) byPlace.set(place, [...(byPlace.get(place) ?? []), name])
  }
  const common = places.map((place) => ({ place, products: null }))
  const own = [...byPlace].filter(([place]) => !places.includes(place))
  return [...common, ...own.map(([place, names]) => ({ place, products: names }))]
}

function placeSource(files: TableFiles, { place, products }: Place, options: LateSymbolsOptions): Source {
  const { misses, all = false } = options
  const at = symbolFilesAt(place)
  if (isUrl(place)) {
    const due = dueModules(modulesLacking(files, { products }), {
      server: place,
      misses,
      most: all ? null : mostAsked,
    })
    return { files: withMisses(at, place, misses), products, candidates: due, mayFail: true }
  }
  const names = isSymbolFile(place) ? null : namesIn(place)
  return {
    files: at,
    products,
    candidates: unlimited(modulesLacking(files, { products, names })),
    mayFail: true,
  }
}

/** The names of debug files that a folder has, in lower case: one read, regardless of how many modules are missing. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => name.toLowerCase())
  } catch {
    return []
  }
}

/** The modules for which a server is to be asked now. */
async function* dueModules(
  modules: AsyncIterable<MissingModule>,
  { server, misses, most }: { server: string; misses: SymbolMisses; most: number | null },
): AsyncGenerator<Candidate> {
  let asked = 0
  for await (const module of modules) {
    const path = missPath(keyOf(module))
    if (path === null || (await misses.isMissed(server, path))) continue
    yield { module, before: null }
    if (++asked === most) return
  }
}

async function searchIn(source: Source, search: Search): Promise<void> {
  const { products, candidates, mayFail } = source
  let failed = false
  async function* untilFailure() {
    for await (const candidate of candidates) {
      if (failed) return
      yield candidate
    }
  }
  const lookUp = async ({ module, before }: Candidate) => {
    const key = JSON.stringify(module)
    const known = search.found.get(key)
    if (failed || (known && known.products === null)) return
    search.asked++
    search.onAsked()
    try {
      if (!(await isThere(source.files, module))) return
    } catch (error) {
      if (!mayFail || !isCrashError(error)) throw error
      if (!failed) search.failures.push(error.message)
      failed = true
      return
    }
    const both = known?.products && products ? [...new Set([...known.products, ...products])] : null
    search.found.set(key, { module, products: known ? both : products, before })
  }
  await forEachConcurrent(untilFailure(), lookUp, { concurrency: lookupsAtOnce })
}

const keyOf = (module: MissingModule): ModuleKey => ({
  debugFile: module.debug_file,
  debugId: module.debug_id,
  codeFile: module.filename,
  codeId: module.code_id,
})

async function isThere(files: SymbolFiles, module: MissingModule): Promise<boolean> {
  const file = await files.find(keyOf(module))
  return file !== null && ((await file.isThere?.()) ?? true)
}
