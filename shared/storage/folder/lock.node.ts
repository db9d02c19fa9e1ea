// A lock per folder across threads, processes and runtimes; the operating system releases it with its process.
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { CrashError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.node.ts'

export interface FolderLock {
  /**
   * Runs `action` while no other thread or process is inside `run` on the same lock file. `action` must be short.
   * @throws CrashError 'storage' when the lock is not free within half a minute
   */
  run<T>(action: () => T | Promise<T>): Promise<T>
}

const giveUpAfterMs = 30_000

/**
 * A lock on the file at `path`, opened on first use. It is SQLite's lock on a file that stays empty: it works
 * wherever SQLite does (not on network file systems without locks) and needs no cleanup after a crash.
 * https://www.sqlite.org/lockingv3.html
 */
export function createFolderLock(path: string): FolderLock {
  let statements: { begin: StatementSync; end: StatementSync } | undefined

  const prepare = () => {
    makeFolder(dirname(path))
    const database = new DatabaseSync(path)
    database.exec('PRAGMA busy_timeout = 0')
    statements = { begin: database.prepare('BEGIN IMMEDIATE'), end: database.prepare('ROLLBACK') }
    return statements
  }

  async function locked<T>(action: () => T | Promise<T>): Promise<T> {
    const { begin, end } = statements ?? prepare()
    const deadline = Date.now() + giveUpAfterMs
    while (!tryBegin(begin)) {
      if (Date.now() > deadline) {
        throw new CrashError(
          'storage',
          `Another process has held ${path} for ${giveUpAfterMs / 1000} s. End that process.`,
        )
      }
      await new Promise((resume) => setTimeout(resume, 1 + Math.random() * 4))
    }
    try {
      return await action()
    } finally {
      end.run()
    }
  }

  /** Callers in this thread take turns, because they share one connection. */
  let turn: Promise<unknown> = Promise.resolve()
  return {
    run(action) {
      const result = turn.then(() => locked(action))
      turn = result.catch(() => {})
      return result
    },
  }
}

function tryBegin(begin: StatementSync): boolean {
  try {
    begin.run()
    return true
  } catch (error) {
    if (error instanceof Error && /database is (?:locked|busy)/i.test(error.message)) return false
    throw error
  }
}
