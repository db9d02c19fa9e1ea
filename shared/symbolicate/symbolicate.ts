// Looks up the addresses of a request, module by module, each address once.
import pMap from 'p-map'
import { isCrashError } from '../errors.ts'
import type { ModuleKey } from '../symbols/sources/symbol-path.ts'
import { problemIsOfAnotherModule } from '../symbols/sources/symbol-problem.ts'
import { findNearSymbol, type NearSymbolInfo } from '../symbols/symdex/symbol-page.ts'
import type { SymbolTable } from '../symbols/symdex/symbol-table.ts'
import type { Job, ModuleName, RequestFrame } from './request.ts'

/** Why a module has no symbols, or not all of them. Names are part of the API. */
export interface ModuleError {
  name: 'Missing' | 'Pending' | 'Failing' | 'Malformed' | 'WrongId' | 'LimitExceeded' | 'Timeout'
  message: string
}

/**
 * Finds the symbols of modules; null when there are none. A `SymbolSource` is one. Errors that it throws are those of
 * the module: CrashError 'bad-symbols', 'limit', 'timeout', else a failure.
 */
export interface ModuleSource {
  load(module: ModuleKey): Promise<SymbolTable | ModuleError | null>
}

/** What was found out about one module of a request. */
export interface ModuleResult {
  /** True when all its addresses were looked up. */
  found: boolean
  error: ModuleError | null
  /** The error that was thrown; its message may name stores and hosts. */
  cause: unknown
  /** The name of the binary, or the debug file of the request. */
  name: string
  /** By address; null for an address without a symbol. */
  symbols: Map<number, NearSymbolInfo | null>
}

export interface Symbolicated {
  jobs: readonly Job[]
  /** By `keyOf`; only modules that frames refer to and that have a name and an ID. */
  modules: ReadonlyMap<string, ModuleResult>
}

export interface SymbolicateOptions {
  source: ModuleSource
  /** Modules that are looked up at the same time. */
  concurrency?: number
  onModule?(module: ModuleName, result: ModuleResult): void
}

/** Identifies a module in an answer. */
export const keyOf = ([debugFile, debugId]: ModuleName) => `${debugFile}/${debugId}`

/** The module of a frame; null for -1. */
export const moduleOf = (job: Job, [index]: RequestFrame): ModuleName | null =>
  job.memoryMap[Number(index)] ?? null

/** The offset of a frame, exact. */
export const offsetOf = ([, offset]: RequestFrame): number | bigint =>
  typeof offset === 'boolean' ? Number(offset) : offset

const addressLimit = 2 ** 32

/** Looks up all frames of a request. Failures of a module are part of its result. */
export async function symbolicate(jobs: readonly Job[], options: SymbolicateOptions): Promise<Symbolicated> {
  const { source, concurrency = 3, onModule } = options
  const wanted = addressesOf(jobs)
  const modules = new Map<string, ModuleResult>()
  const lookUpModule = async ({ module, addresses }: Wanted) => {
    const result = await lookUp(
      module,
      [...addresses].sort((a, b) => a - b),
      source,
    )
    modules.set(keyOf(module), result)
    onModule?.(module, result)
  }
  await pMap(wanted.values(), lookUpModule, { concurrency })
  return { jobs, modules }
}

/** A module and the addresses to look up in it. */
interface Wanted {
  module: ModuleName
  addresses: Set<number>
}

/** The modules that frames refer to, with the addresses that may have a symbol. */
function addressesOf(jobs: readonly Job[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>()
  for (const job of jobs) {
    for (const frame of job.stacks.flat()) {
      const module = moduleOf(job, frame)
      if (!module?.[0] || !module[1]) continue
      const key = keyOf(module)
      const known = wanted.get(key) ?? { module, addresses: new Set() }
      wanted.set(key, known)
      const offset = offsetOf(frame)
      if (offset >= 0 && offset < addressLimit) known.addresses.add(Number(offset))
    }
  }
  return wanted
}

const missing: ModuleError = { name: 'Missing', message: 'There are no symbols for this module' }

async function lookUp(
  [debugFile, debugId]: ModuleName,
  addresses: readonly number[],
  source: ModuleSource,
): Promise<ModuleResult> {
  const result: ModuleResult = {
    found: false,
    error: null,
    cause: null,
    name: debugFile,
    symbols: new Map(),
  }
  const key = { debugFile, debugId: debugId.toUpperCase(), codeFile: '', codeId: '' }
  try {
    const table = await source.load(key)
    result.error = errorOfTable(table, key)
    if (table && 'visit' in table && !result.error) await fill(result, table, addresses)
    result.found = result.error === null
  } catch (cause) {
    Object.assign(result, { error: errorOf(cause), cause })
  }
  return result
}

/** Null for a table that can be used. */
function errorOfTable(table: SymbolTable | ModuleError | null, { debugId }: ModuleKey): ModuleError | null {
  if (!table) return missing
  if (!('visit' in table)) return table
  if (table.problem !== null) {
    const name = problemIsOfAnotherModule(table.problem) ? 'WrongId' : 'Malformed'
    return { name, message: `The symbol file cannot be used: ${table.problem}` }
  }
  const found = table.info.debugId
  if (found === '' || found.toUpperCase() === debugId) return null
  return { name: 'WrongId', message: `The symbol file is of another module, with debug ID ${found}` }
}

async function fill(result: ModuleResult, table: SymbolTable, addresses: readonly number[]): Promise<void> {
  result.name = table.info.codeFile || result.name
  await table.visit(addresses, (page, covered) => {
    if (page === undefined)
      result.error = { name: 'Malformed', message: 'A part of the symbol index is damaged' }
    for (const address of covered) result.symbols.set(address, page ? findNearSymbol(page, address) : null)
  })
}

/** Messages of the store and of servers are not for the client. */
function errorOf(cause: unknown): ModuleError {
  if (!isCrashError(cause)) throw cause
  if (cause.code === 'bad-symbols') return { name: 'Malformed', message: cause.message }
  if (cause.code === 'limit') return { name: 'LimitExceeded', message: cause.message }
  if (cause.code === 'timeout')
    return { name: 'Timeout', message: 'The symbols were not read in time: try again' }
  return { name: 'Failing', message: 'The symbols could not be read: try again later' }
}
