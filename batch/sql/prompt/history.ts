// The lines of earlier sessions of the prompt, readable only by their user.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../../../shared/make-folder.node.ts'

/** Lines offered; the file is shortened to them when it has twice as many. */
const mostLines = 1000

export interface History {
  /** Newest first, each once. */
  lines: string[]
  add(line: string): void
}

/** A history that cannot be read or written is empty: it never stops a session. @param path null: keep nothing */
export function openHistory(path: string | null): History {
  const found = path === null ? [] : attempt(() => readFileSync(path, 'utf8').split('\n').filter(Boolean), [])
  const lines = [...new Set(found.toReversed())].slice(0, mostLines)
  if (path !== null && found.length > 2 * mostLines) {
    attempt(() => writeFileSync(path, `${lines.toReversed().join('\n')}\n`, { mode: 0o600 }), undefined)
  }
  const add = (line: string) => {
    if (path === null || line.trim() === '') return
    attempt(() => {
      makeFolder(dirname(path), { mode: 0o700 })
      appendFileSync(path, `${line}\n`, { mode: 0o600 })
    }, undefined)
  }
  return { lines, add }
}

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work()
  } catch {
    return otherwise
  }
}
