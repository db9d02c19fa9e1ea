// Stores as a process sees them that is killed after a number of writes.
import type { Storage, Stores } from '../../../shared/storage/storage.ts'

export class Killed extends Error {}

/** The stores until `writes` objects were written or deleted; then every request throws `Killed`. */
export function dyingStores(stores: Stores, writes: number): Stores {
  let left = writes
  const alive = () => {
    if (left <= 0) throw new Killed()
  }
  const write = () => {
    alive()
    left--
  }
  const dying = (storage: Storage): Storage => ({
    async get(...args) {
      alive()
      return storage.get(...args)
    },
    async head(...args) {
      alive()
      return storage.head(...args)
    },
    async put(...args) {
      write()
      return storage.put(...args)
    },
    async putStream(...args) {
      write()
      return storage.putStream(...args)
    },
    async copy(...args) {
      write()
      return storage.copy(...args)
    },
    async *list(...args) {
      alive()
      yield* storage.list(...args)
    },
    async *folders(...args) {
      alive()
      yield* storage.folders(...args)
    },
    async delete(keys) {
      for (const key of typeof keys === 'string' ? [keys] : keys) {
        write()
        await storage.delete(key)
      }
    },
  })
  return { crashes: dying(stores.crashes), lake: dying(stores.lake), symbols: dying(stores.symbols) }
}
