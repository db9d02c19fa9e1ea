// What servers of programs and debug files have in common.

import { baseName } from '../../text/base-name.ts'
import { isCrashError } from '../../errors.ts'
import { textOfFiles } from '../../debug-files/module-text.ts'
import type { HttpServer } from '../sources/http.ts'
import type { StoredSymbolFile } from '../sources/symbol-files.ts'
import type { ModuleKey } from '../sources/symbol-path.ts'

/** One of the files of a module: its paths on the server, the first that exists counts. The first has its name. */
export type Alternatives = readonly string[]

export interface Downloaded {
  name: string
  bytes: Uint8Array
}

export interface ModuleOnServer {
  server: HttpServer
  module: ModuleKey
  files: readonly Alternatives[]
  /** Turns what was downloaded into the file; null when there is none after all. */
  unpack?(bytes: Uint8Array, path: string): Promise<Uint8Array | null>
  /** Further files that those refer to. */
  more?(files: readonly Downloaded[]): Promise<Downloaded[]>
}

/** The files of a module as one symbol file. They are downloaded and read when it is needed. */
export function fileOnServer({
  server,
  module,
  files,
  unpack = async (bytes) => bytes,
  more = async () => [],
}: ModuleOnServer): StoredSymbolFile {
  const first = async (paths: Alternatives) => {
    for (const path of paths) {
      const bytes = await server.download(path)
      const unpacked = bytes && (await unpack(bytes, path))
      if (unpacked) return { name: baseName(paths[0]!), bytes: unpacked }
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
      const results = await Promise.allSettled(files.map(first))
      const found = results.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []))
      const failed = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason)
      // One file is better than none; a server that fails has none for now.
      const isUsable =
        found.length > 0 && failed.every((reason) => isCrashError(reason) && reason.code === 'bad-symbols')
      if (failed.length > 0 && !isUsable) throw failed[0]
      return found.length > 0 ? textOfFiles([...found, ...(await more(found))], module) : null
    },
  }
}
