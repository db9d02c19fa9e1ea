// Symbols for batch: directories and symbol servers in order. Symbol files are indexed once and cached in memory and on
// disk.
import { statSync } from 'node:fs'
import { CrashError } from '../../shared/errors.ts'
import { present } from '../../shared/present.ts'
import { folderFiles, gunzipNow, isSymbolFile, oneFile } from '../../shared/symbols/sources/folder.node.ts'
import { debuginfodFiles } from '../../shared/symbols/servers/debuginfod.ts'
import { symsrvFiles } from '../../shared/symbols/servers/symsrv.ts'
import { httpFiles, type HttpFilesOptions } from '../../shared/symbols/sources/http.ts'
import { resolveHost } from '../../shared/symbols/sources/resolve-host.node.ts'
import { type SymbolFiles, textSource } from '../../shared/symbols/sources/symbol-files.ts'
import {
  firstSource,
  noSymbols,
  rememberingSource,
  type SymbolSource,
} from '../../shared/symbols/sources/symbol-source.ts'
import { indexedSource } from '../../shared/symbols/sources/symdex-cache.node.ts'
import type { Bytes } from '../../shared/units.ts'
import { type MissMemory, withMisses } from './symbol-misses.ts'

export interface SymbolSourceOptions {
  /** Directory of cached symdexes; null: none. */
  cacheFolder?: string | null
  /** Size limit of that directory. */
  cacheBytes?: Bytes
  /** Size limit of symbols in memory. */
  memoryBytes?: Bytes
  /** Largest symbol file of a server, inflated. Default: that of `SYMBOL_FETCH_MB`. */
  fetchBytes?: Bytes | undefined
  /** Where it is remembered what servers did not have. Default: only in memory, for minutes. */
  misses?: MissMemory
}

const defaultMemory: Bytes = 512 * 1024 * 1024
const defaultCache: Bytes = 4 * 1024 * 1024 * 1024

/** Servers by the prefix before their URL. */
const servers: readonly (readonly [
  prefix: string,
  open: (url: string, options: HttpFilesOptions) => SymbolFiles,
])[] = [
  ['srv:', symsrvFiles],
  ['debuginfod:', debuginfodFiles],
]

export const isUrl = (place: string): boolean => /^((srv|debuginfod):)?[a-z][a-z0-9+.-]+:\/\//i.test(place)

/** @throws CrashError 'bad-usage' for an invalid URL */
function serverAt(place: string, maxBytes?: Bytes): SymbolFiles {
  const options: HttpFilesOptions = { resolve: resolveHost, ...present({ maxBytes }) }
  for (const [prefix, open] of servers)
    if (place.startsWith(prefix)) return open(place.slice(prefix.length), options)
  return httpFiles(place, options)
}

/**
 * The symbol files of a directory or server, or a single one. `srv:URL` is a server in the layout of SymSrv,
 * `debuginfod:URL` one of a Linux distribution, `URL` one with Breakpad's symbol files.
 * @throws CrashError 'bad-usage' for an invalid URL
 */
export function symbolFilesAt(place: string, fetchBytes?: Bytes): SymbolFiles {
  if (isUrl(place)) return serverAt(place, fetchBytes)
  return isSymbolFile(place) ? oneFile(place) : folderFiles(place)
}

/**
 * Checks that every source can work: a folder or symbol file that exists, or the URL of a symbol server.
 * @throws CrashError 'bad-usage'
 */
export function checkPlaces(places: readonly string[]): void {
  for (const place of places) {
    if (isUrl(place)) serverAt(place)
    else if (!isSymbolFile(place) && !statSync(place, { throwIfNoEntry: false })?.isDirectory())
      throw new CrashError('bad-usage', `--symbols ${place}: no such folder or .sym file`)
  }
}

/**
 * One source over directories and URLs of symbol servers, tried in this order; it caches what it loads.
 * @throws CrashError 'bad-usage' for an invalid URL
 */
export function openSymbolSources(
  places: readonly string[],
  options: SymbolSourceOptions = {},
): SymbolSource {
  if (places.length === 0) return noSymbols
  const { cacheFolder, cacheBytes = defaultCache, memoryBytes = defaultMemory, fetchBytes, misses } = options
  const sources = places.map((place) => {
    const at = symbolFilesAt(place, fetchBytes)
    const files = misses && isUrl(place) ? withMisses(at, place, misses) : at
    if (cacheFolder) return indexedSource(files, { folder: cacheFolder, maxBytes: cacheBytes })
    return textSource(files, isUrl(place) ? undefined : gunzipNow)
  })
  return rememberingSource(firstSource(sources), { maxBytes: memoryBytes })
}
