// GET and HEAD of symbol files, as debuggers, stack walkers and symbolication servers request them.
import { symbolFileKey } from '../../shared/keys.ts'
import { findByCode } from '../../shared/symbol-store/code-pointer.ts'
import { encodeFilePath, type FilePath } from '../../shared/symbol-store/file-path.ts'
import { missing, mount, corsHeaders } from './answers.ts'
import { fileAnswer, type FoundFile } from './file-answer.ts'
import type { SymbolServer } from './context.ts'

/** Other files are never looked up: Windows debuggers ask for many that no symbol store has. */
const extensions = ['.sym', '.dl_', '.ex_', '.pd_', '.dbg.gz', '.tar.bz2']
const noDebugId = '0'.repeat(33)

const isIgnored = ({ id, leaf }: FilePath) =>
  leaf === 'file.ptr' || id === noDebugId || !extensions.some((extension) => leaf.endsWith(extension))

/** A code ID is shorter than a debug ID. */
const mayBeCode = ({ id, leaf }: FilePath) => leaf.endsWith('.sym') && id.length < noDebugId.length

/** @param inTry also looks among the files of try builds */
export async function download(
  request: Request,
  path: FilePath,
  { server, inTry }: { server: SymbolServer; inTry: boolean },
): Promise<Response> {
  const { deps } = server
  const count = (result: string) => deps.metrics.record('symbol_downloads_total', 1, { result })
  const start = deps.clock()
  const debug = () => debugHeaders(request, isIgnored(path) ? 0 : (deps.clock() - start) / 1000)
  if (isIgnored(path)) {
    count('ignored')
    return missing('Symbol Not Found (and ignored)', debug())
  }
  const file = await findFile(path, { server, inTry })
  if (file) {
    count('found')
    return fileAnswer(request, file, { ...corsHeaders, ...debug() })
  }
  const target = mayBeCode(path) ? await findTarget(request, path, { server, inTry }) : null
  if (target !== null) {
    count('redirected')
    return new Response(null, { status: 302, headers: { ...corsHeaders, location: target } })
  }
  count('missing')
  return missing('Symbol Not Found', debug())
}

/** `Debug-Time` is in seconds. */
const debugHeaders = (request: Request, seconds: number): Record<string, string> =>
  /^(?:1|true|yes)$/i.test(request.headers.get('debug') ?? '') ? { 'debug-time': `${seconds}` } : {}

interface Lookup {
  server: SymbolServer
  inTry: boolean
}

/** Regular files take precedence over those of try builds. */
async function findFile(path: FilePath, { server, inTry }: Lookup): Promise<FoundFile | null> {
  const { missingFiles, deps } = server
  for (const isTry of inTry ? [false, true] : [false]) {
    const key = symbolFileKey(path, isTry)
    if (missingFiles.has(key)) continue
    const recordMissing = missingFiles.begin(key)
    const info = await deps.stores.symbols.head(key)
    if (info) return { storage: deps.stores.symbols, info, path, isTry }
    recordMissing()
  }
  return null
}

/** The location of the debug file for a code file; never the path that was requested. */
async function findTarget(
  request: Request,
  path: FilePath,
  { server, inTry }: Lookup,
): Promise<string | null> {
  const target = await findByCodeCached(path, server)
  if (!target) return null
  const { name, id, leaf } = { ...path, name: target.debugFile, id: target.debugId }
  if (name === path.name && id === path.id) return null
  const folder = inTry || target.isTry ? `${mount}/try` : mount
  return `${folder}/${encodeFilePath({ name, id, leaf })}${new URL(request.url).search}`
}

async function findByCodeCached(path: FilePath, { deps, missingFiles }: SymbolServer) {
  const key = `code ${path.name}/${path.id}`
  if (missingFiles.has(key)) return null
  const recordMissing = missingFiles.begin(key)
  for (const isTry of [false, true]) {
    const target = await findByCode(deps.stores.symbols, path, isTry)
    if (target) return target
  }
  recordMissing()
  return null
}
