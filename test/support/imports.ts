// Imports between the source files of the repository, read from their statements.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export interface Import {
  from: string
  /** A path from the root, or the name of a package. */
  to: string
}

/** The TypeScript files of a folder of the repository, as paths from its root. */
export const sourceFiles = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/(^|\/)(dist|node_modules|\.wrangler)\//.test(file))
    .map((file) => `${folder}/${file}`)

export function importsOf(root: string, file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [
    ...text.matchAll(/^\s*(?:import|export)\s+[^'"]*?from\s+['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm),
  ].map((found) => {
    const target = found[1] ?? found[2]!
    const to = target.startsWith('.') ? relative(root, join(root, dirname(file), target)) : target
    return { from: file, to }
  })
}

/** The files that import `file`, directly or through others, the nearest first. */
export function importersOf(file: string, imports: readonly Import[]): string[] {
  const direct = Map.groupBy(imports, ({ to }) => to)
  const found = new Set([file])
  for (const one of found) for (const { from } of direct.get(one) ?? []) found.add(from)
  return [...found].slice(1)
}
