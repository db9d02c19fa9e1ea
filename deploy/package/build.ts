// Builds the contents of the npm package in `built/`: `node deploy/package/build.ts`, which `npm pack` runs. Node does not
// strip types below node_modules, so every module that a program reaches becomes JavaScript at the same path.
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { transform } from 'esbuild'
import { buildDashboardIfStale } from '../../batch/local/dashboard-build.ts'
import { makeFolder } from '../../shared/make-folder.node.ts'

const root = resolve(import.meta.dirname, '../..')
const target = join(root, 'built')

/** The programs: the command `mayday`, and the edge in each runtime. */
const programs = [
  'batch/mayday.ts',
  'edge/runtime/node-server.ts',
  'edge/runtime/deno-server.ts',
  'edge/runtime/deno.ts',
  'edge/runtime/worker.ts',
]

/** What programs read besides modules, files and folders; the SQL files of a module's folder are added. */
const data = ['docs/sql.md', 'dashboard/dist', 'batch/products/samples']

/** A file that code names relative to its own: an import, the entry of a thread or process. */
const reference =
  /(?<before>\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(?<quote>["'])(?<path>\.{1,2}\/[^"'\n]+\.(?:ts|json))\k<quote>/g

async function build(): Promise<void> {
  await buildDashboardIfStale()
  await rm(target, { recursive: true, force: true })
  const folders = new Set<string>()
  for (const path of await buildModules()) folders.add(dirname(path))
  for (const folder of folders) await copyQueries(folder)
  for (const path of data) await copy(path)
  await writeWranglerConfig()
}

/** Returns the paths of all modules that the programs reach. */
async function buildModules(): Promise<ReadonlySet<string>> {
  const reached = new Set(programs)
  for (const path of reached) {
    const referred = path.endsWith('.json') ? await buildJson(path) : await buildModule(path)
    for (const other of referred) reached.add(other)
  }
  return reached
}

/** Returns the files to which it refers. */
async function buildModule(path: string): Promise<string[]> {
  const source = await readFile(join(root, path), 'utf8')
  const { code } = await transform(source, {
    loader: 'ts',
    format: 'esm',
    target: 'esnext',
    charset: 'utf8',
    supported: { using: true },
    sourcefile: path,
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  })
  const referred: string[] = []
  const built = code.replace(reference, (...match) => {
    const { before, quote, path: to } = match.at(-1) as Record<'before' | 'quote' | 'path', string>
    const file = join(dirname(path), to)
    referred.push(file)
    return `${before}${quote}${javaScript(to)}${quote}`
  })
  await write(javaScript(path), built)
  return referred
}

/** Of package.json, what the programs read, and what Node and Deno need to find modules. */
async function buildJson(path: string): Promise<string[]> {
  const text = await readFile(join(root, path), 'utf8')
  const { name, version, type, dependencies } = JSON.parse(text)
  await write(path, path === 'package.json' ? JSON.stringify({ name, version, type, dependencies }) : text)
  return []
}

const javaScript = (path: string) => path.replace(/\.ts$/, '.js')

/** The queries of a folder of modules. */
async function copyQueries(folder: string): Promise<void> {
  const queries = join(folder, 'sql')
  const names = await readdir(join(root, queries)).catch(() => [])
  for (const name of names) if (name.endsWith('.sql')) await copy(join(queries, name))
}

/** For `wrangler deploy --config built/wrangler.toml`: nothing is left to build. */
async function writeWranglerConfig(): Promise<void> {
  const text = await readFile(join(root, 'wrangler.toml'), 'utf8')
  const built = text.replace(/^#.*\n\[build\]\n.*\n\n?/m, '')
  await write('wrangler.toml', built.replace(/^(main = ".*)\.ts"$/m, '$1.js"'))
}

async function copy(path: string): Promise<void> {
  makeFolder(dirname(join(target, path)))
  await cp(join(root, path), join(target, path), { recursive: true })
}

async function write(path: string, text: string): Promise<void> {
  makeFolder(dirname(join(target, path)))
  await writeFile(join(target, path), text)
}

await build()
