// Lookups by code file and code ID: one small object per code ID, which names the debug file.
import * as z from 'zod/mini'
import { check } from '../json/schema.ts'
import { codePointerKey } from '../keys.ts'
import type { Storage } from '../storage/storage.ts'
import { type FilePath, parseFilePath } from './file-path.ts'
import type { ModuleFacts } from './stored-file.ts'

const pointer = z.object({ debug_file: z.string(), debug_id: z.string() })

/** Larger objects are not pointers. */
const maxBytes = 4096

/** The debug file and ID of a code file; `isTry` where they are in. */
export interface CodeTarget {
  debugFile: string
  debugId: string
  isTry: boolean
}

/** @param path with the code file as its name, and the code ID */
export async function findByCode(
  symbols: Storage,
  { name, id, leaf }: FilePath,
  isTry: boolean,
): Promise<CodeTarget | null> {
  const object = await symbols.get(codePointerKey(name, id, isTry), {
    range: { offset: 0, length: maxBytes },
  })
  const target = object && parsePointer(await object.bytes())
  const path = target && parseFilePath(`${target.debug_file}/${target.debug_id}/${leaf}`)
  return path && { debugFile: path.name, debugId: path.id, isTry }
}

function parsePointer(bytes: Uint8Array) {
  try {
    return check(pointer, JSON.parse(new TextDecoder().decode(bytes))).data ?? null
  } catch {
    return null
  }
}

/** Makes the module available to lookups by its code ID; without one, nothing. */
export async function writeCodePointer(symbols: Storage, module: ModuleFacts, isTry: boolean): Promise<void> {
  const { debugFile, debugId, codeFile, codeId } = module
  if (!parseFilePath(`${codeFile}/${codeId}/x`) || !parseFilePath(`${debugFile}/${debugId}/x`)) return
  const text = JSON.stringify({ debug_file: debugFile, debug_id: debugId })
  await symbols.put(codePointerKey(codeFile, codeId, isTry), new TextEncoder().encode(text), {
    contentType: 'application/json',
  })
}
