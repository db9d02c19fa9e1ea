// Shows the progress of statements on standard error.
import { startProgress, type Progress } from '../../cli/progress.ts'
import type { Millis } from '../../../shared/units.ts'
import type { Session } from '../session.ts'

const pollEvery: Millis = 200

/** Shows how much of the session's statement is done, until it is disposed. */
export function showProgress(session: Pick<Session, 'progress'>): Disposable {
  let shown: Progress | null = null
  let before = 0
  const end = () => {
    shown?.[Symbol.dispose]()
    shown = null
    before = 0
  }
  const timer = setInterval(() => {
    const now = session.progress()
    if (now === null) return end()
    shown ??= startProgress('Query', 0, '%')
    // DuckDB does not estimate every statement.
    if (now > 0) shown.update({ planned: 100, done: now - before })
    before = now
  }, pollEvery)
  const stop = () => {
    clearInterval(timer)
    end()
  }
  return { [Symbol.dispose]: stop }
}
