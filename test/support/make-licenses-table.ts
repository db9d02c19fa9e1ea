// The table of docs/dependencies.md with the licenses of what production installs, from package-lock.json.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod/mini'

const root = resolve(import.meta.dirname, '../..')
const path = resolve(root, 'docs/dependencies.md')
const [start, end] = ['<!-- generated: licenses -->', '<!-- end -->'] as const

const lockFile = z.object({
  packages: z.record(z.string(), z.object({ dev: z.optional(z.boolean()), license: z.optional(z.string()) })),
})

/** Names of the packages that `npm ci --omit=dev` may install, by license, in order. */
export function productionLicenses(): Map<string, string[]> {
  const { packages } = lockFile.parse(JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8')))
  const installed = Object.entries(packages).filter(([place, { dev }]) => place !== '' && !dev)
  const entries = installed.map(([place, { license = 'unknown' }]) => ({
    name: place.split('node_modules/').at(-1)!,
    license,
  }))
  const byLicense = Map.groupBy(entries, ({ license }) => license)
  const names = (list: typeof entries) => [...new Set(list.map(({ name }) => name))].sort()
  return new Map(
    [...byLicense].sort(([a], [b]) => (a < b ? -1 : 1)).map(([license, list]) => [license, names(list)]),
  )
}

/** The page with its table replaced. */
export function makeDependenciesPage(): string {
  const page = readFileSync(path, 'utf8')
  const [before, rest] = page.split(start)
  const rows = [...productionLicenses()].map(
    ([license, names]) => `| ${license} | ${names.map((name) => `\`${name}\``).join(', ')} |`,
  )
  return `${before}${start}\n\n| license | packages |\n|---|---|\n${rows.join('\n')}\n\n${end}${rest!.split(end)[1]}`
}
