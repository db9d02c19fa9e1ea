// What servers of programs and debug files have in common.

import { baseName } from '../../base-name.ts'
import { textOfFiles } from '../../debug-files/module-text.ts'
import type { HttpServer } from '../sources/http.ts'
import type { StoredSymbolFile } from '../sources/symbol-files.ts'
import type { ModuleKey } from '../sources/symbol-path.ts'

/** One of the files of a module: its paths on the server, the first that exists counts. */
export type Alternatives = readonly string[]

export interface ModuleOnServer {
  server: HttpServer
  module: ModuleKey
  files: readonly Alternatives[]
  /** Turns what was downloaded into the file. */
  unpack?(bytes: Uint8Array, path: string): Uint8Array
}

/** The files of a module as one symbol file. They are downloaded and read when it is needed. */
export function fileOnServer({
  server,
  module,
  files,
  unpack = (bytes) => bytes,
}: ModuleOnServer): StoredSymbolFile {
  const first = async (paths: Alternatives) => {
    for (const path of paths) {
      const bytes = await server.download(path)
      if (bytes) return { name: baseName(path), bytes: unpack(bytes, path) }
    }
    return null
  }
  return {
    stamp: 'server',
    maxBytes: server.maxBytes,
    url: server.urlOf(files[0]![0]!),
    async isThere() {
      for (const path of files.flat()) if (await server.isThere(path)) return true
      return false
    },
    async read() {
      const found = (await Promise.all(files.map(first))).filter((file) => file !== null)
      return found.length > 0 ? textOfFiles(found, module) : null
    },
  }
}
