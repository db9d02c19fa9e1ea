// Stores as older versions left them: test/fixtures/stores, written by `make-old-store.ts`.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../fixtures/stores')

/** The days of the versions, with the prefix of their aggregates. */
export const oldVersions = [
  { day: '2026-11-23', aggregates: 'aggregates/v1/' },
  { day: '2026-11-29', aggregates: 'aggregates/v4/' },
] as const

/** Five crashes of two days that are processed, and two reports that are not. */
export const oldCrashes = { processed: 5, waiting: 2 } as const

/** Unpacks a store into the folder `to`. */
export function unpackStore(day: (typeof oldVersions)[number]['day'], to: string): void {
  mkdirSync(to, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, `${day}.tar.gz`), '-C', to])
}
