// The npm package as a user installs it, but without a registry.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

export interface Manifest {
  dependencies: Record<string, string>
}

/** A package below `node_modules` of a folder, with its dependencies and no others. */
export interface PackedMayday {
  /** Root of the installed package. */
  folder: string
  /** The command as npm links it. */
  command: string
  /** All files of the package, relative to its root. */
  files: string[]
  /** Bytes of the tarball. */
  size: number
  manifest: Manifest
}

/** Runs `npm pack` and unpacks the tarball into `parent`. */
export function packMayday(parent: string): PackedMayday {
  const json = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', parent], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
  })
  const { filename, size } = firstPackage(JSON.parse(json.slice(json.search(/^[[{]/m))))
  const folder = join(parent, 'node_modules/mayday')
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', join(parent, filename), '--strip-components=1', '-C', folder])
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  // As npm writes it; Deno looks for packages in node_modules beside one.
  writeFileSync(join(parent, 'package.json'), JSON.stringify({ dependencies: { mayday: '*' } }))
  for (const name of Object.keys(manifest.dependencies)) link(name, parent)
  const command = join(parent, 'node_modules/.bin/mayday')
  mkdirSync(dirname(command))
  symlinkSync('../mayday/batch/mayday.js', command)
  return { folder, command, files: filesOf(folder), size, manifest }
}

/** npm 11 prints an array, later versions an object by name. */
const firstPackage = (printed: object) => Object.values(printed)[0] as { filename: string; size: number }

function link(name: string, parent: string): void {
  const place = join(parent, 'node_modules', name)
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(join(root, 'node_modules', name), place)
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
