// GET /symbols/api/ids/<name>: the debug IDs of the stored symbol files of a module, for choosing one by hand.
import { parseFilePath, isSymName } from '../../shared/symbol-store/file-path.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { RateLimited } from '../errors.ts'
import { jsonAnswer } from '../lib/http.ts'
import { corsHeaders } from './answers.ts'
import type { SymbolServer } from './context.ts'

/** A stored symbol file. */
export interface StoredSymbols {
  debug_file: string
  debug_id: string
  /** ISO 8601. */
  stored_at: string
}

/** Keys that are looked at for one name. */
const maxListed = 2000
const maxAnswered = 200

/**
 * The newest first, at most 200. A code file of Windows has the debug file with the ending `.pdb`.
 * @param name decoded
 * @throws RateLimited
 */
export async function symbolIds(request: Request, name: string, { deps }: SymbolServer): Promise<Response> {
  if (!(await deps.mayRead(request))) throw new RateLimited()
  const names = new Set([name, name.replace(/\.(?:exe|dll|sys|ocx|node)$/i, '.pdb')])
  const found: StoredSymbols[] = []
  for (const debugFile of names) found.push(...(await storedUnder(debugFile, deps.stores.symbols)))
  found.sort((a, b) => (a.stored_at < b.stored_at ? 1 : -1))
  return jsonAnswer(
    { symbols: found.slice(0, maxAnswered) },
    { headers: { ...corsHeaders, 'cache-control': 'public, max-age=30' } },
  )
}

async function storedUnder(debugFile: string, symbols: Storage): Promise<StoredSymbols[]> {
  if (!parseFilePath(`${debugFile}/A/x.sym`)) return []
  const found: StoredSymbols[] = []
  let listed = 0
  for await (const { key, uploaded } of symbols.list(`${debugFile}/`)) {
    if (++listed > maxListed) break
    const path = parseFilePath(key)
    if (path && isSymName(path.leaf))
      found.push({ debug_file: path.name, debug_id: path.id, stored_at: uploaded.toISOString() })
  }
  return found
}
