// Erases what the checks stored, as far as the store is within reach.
import { expungeCrashes } from '../removal/expunge.ts'
import { moveToQuarantine } from '../lake/files/quarantine.ts'
import { openFiles, type OpenStore } from '../lake/open-store.ts'
import { dateOfCrashId, processedKey, rawKey, wantedIndexKey } from '../../shared/keys.ts'
import { writeSearchFiles } from '../search-files/write-files.ts'
import { removeFiles } from '../symbols/inventory.ts'
import type { CheckContext, Left } from './context.ts'
import { failed, type Finding, ok, skipped } from './findings.ts'

export async function* eraseTestCrash({ store, left, report }: CheckContext): AsyncIterable<Finding> {
  const { debugFile, debugId } = report.symbols
  const path = `${debugFile}/${debugId}`
  if (!store) {
    if (left.crashId !== null || left.symbols !== null) yield stays(left, path)
    return
  }
  if (left.crashId !== null) yield await eraseCrash(store, left.crashId)
  if (left.symbols === null) return
  const { symbols } = store.stores
  const removed = await removeFiles(symbols, path, { isTry: false, dryRun: false })
  await symbols.delete(wantedIndexKey(debugFile, debugId, false))
  yield removed.length > 0
    ? ok('symbols removed', path)
    : failed('symbols removed', {
        text: `${store.url} does not have ${path}`,
        cure: '--store or MAYDAY_STORE must be the store of the edge',
      })
}

function stays({ crashId, symbols }: Left, path: string): Finding {
  const kept = [
    ...(crashId === null ? [] : [`the crash ${crashId}, which statistics omit`]),
    ...(symbols === null ? [] : [`the symbols ${path}, which expire after 28 days`]),
  ]
  return skipped('test crash erased', {
    text: `only the store can erase: ${kept.join(', and ')}`,
    cure: crashId === null ? 'nothing to do' : `mayday expunge ${crashId}, where the store can be reached`,
  })
}

/** Aggregates do not contain it; what is derived by day follows with the next round. */
async function eraseCrash(store: OpenStore, crashId: string): Promise<Finding> {
  const { crashes } = store.stores
  {
    await using files = await openFiles(store, { onDamaged: moveToQuarantine })
    await expungeCrashes(files, [crashId])
  }
  await writeSearchFiles(store, { now: new Date(), promptly: [dateOfCrashId(crashId)] })
  const found = await Promise.all([rawKey(crashId), processedKey(crashId)].map((key) => crashes.head(key)))
  if (found.every((object) => object === null))
    return ok('test crash erased', 'report, processed crash and rows')
  return failed('test crash erased', {
    text: 'it was stored again meanwhile',
    cure: `mayday expunge ${crashId}`,
  })
}
