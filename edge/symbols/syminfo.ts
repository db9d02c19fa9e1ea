// GET /symbols/api/syminfo/<file>/<ID>: what is known about a debug file or a code file.
import { symbolFileKey } from '../../shared/keys.ts'
import { findByCode } from '../../shared/symbol-store/code-pointer.ts'
import { encodeFilePath, type FilePath, parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { factsOf } from '../../shared/symbol-store/stored-file.ts'
import { symbolPath } from '../../shared/symbols/sources/symbol-path.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { jsonAnswer } from '../lib/http.ts'
import { corsHeaders, missing, mount } from './answers.ts'
import type { SymbolServer } from './context.ts'

export async function syminfo(
  request: Request,
  { name, id }: { name: string; id: string },
  { deps }: SymbolServer,
): Promise<Response> {
  for (const isTry of [false, true]) {
    const info = await lookUp(deps.stores.symbols, { name, id, isTry })
    if (!info) continue
    const url = new URL(`${mount}/${isTry ? 'try/' : ''}${encodeFilePath(info.path)}`, request.url)
    return jsonAnswer({ ...info.facts, url: url.href }, { headers: { ...corsHeaders } })
  }
  return missing('Code file / id Not Found')
}

interface Query {
  name: string
  id: string
  isTry: boolean
}

async function lookUp(symbols: Storage, query: Query) {
  const byCode = parseFilePath(`${query.name}/${query.id}/x.sym`)
  if (!byCode) return null
  const target = await findByCode(symbols, byCode, query.isTry)
  return (
    (target && (await describe(symbols, target.debugFile, target.debugId, query.isTry))) ??
    (await describe(symbols, byCode.name, byCode.id, query.isTry))
  )
}

/** Null when there is no symbol file for the debug file and ID. */
async function describe(symbols: Storage, debugFile: string, debugId: string, isTry: boolean) {
  const path: FilePath | null = parseFilePath(
    symbolPath({ debugFile, debugId, codeFile: '', codeId: '' }) ?? '',
  )
  const info = path && (await symbols.head(symbolFileKey(path, isTry)))
  if (!path || !info) return null
  const { module } = factsOf(info)
  const facts = {
    debug_id: path.id,
    debug_filename: path.name,
    code_file: module.codeFile,
    code_id: module.codeId,
    generator: module.generator,
  }
  return { path, facts }
}
