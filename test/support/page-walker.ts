// Runs in a browser page and walks the stacks of a dump, with symbols from symdexes that the browser inflates.
import { toJson } from '../../shared/stackwalk/output.ts'
import { walkDump } from '../../shared/stackwalk/walk.ts'
import type { ModuleKey } from '../../shared/symbols/sources/symbol-path.ts'
import { tableOfSymdex } from '../../shared/symbols/symdex/table.ts'

const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))

/** Dump and symdexes (by debug ID) in base64; returns the output as text. */
async function walkInPage(dump: string, symdexes: Record<string, string>): Promise<string> {
  const load = async ({ debugId }: ModuleKey) => {
    const symdex = symdexes[debugId]
    return symdex === undefined ? null : tableOfSymdex(bytes(symdex), null)
  }
  return toJson(await walkDump(bytes(dump), { symbols: { load } }))
}

export type PageWalker = typeof walkInPage
Object.assign(globalThis, { walkInPage })
