// `npm run release [-- --dry-run] [--to FOLDER]`: checks the version, builds the tarball, writes checksums and notes, and prints
// how to tag. It changes nothing outside the folder.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import manifest from '../../package.json' with { type: 'json' }
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { makeFolder } from '../../shared/make-folder.node.ts'
import { findSection, type ReleaseState, releaseProblems } from './checks.ts'

const root = resolve(import.meta.dirname, '../..')
const { version } = manifest
const say = (line: string) => process.stdout.write(`${line}\n`)
const endWithin = 300_000

/** Files that name the version of the package or of the image. */
const naming = [
  'docs/installing.md',
  'docs/cloudflare.md',
  'deploy/kubernetes/kustomization.yaml',
  'deploy/kubernetes/mayday.yaml',
  'deploy/kubernetes/processing.yaml',
]

async function release({ dryRun, to }: { dryRun: boolean; to: string }): Promise<void> {
  const state = await readState()
  const problems = releaseProblems(state)
  if (problems.length > 0 && !dryRun) throw new CrashError('bad-config', problems.join('\n         '))
  for (const problem of problems) say(`problem    ${problem}`)
  makeFolder(to)
  const tarball = await pack(to)
  const notes = findSection(state.changelog, version)?.text ?? ''
  await writeFile(join(to, 'NOTES.md'), `# Mayday ${version}\n\n${notes}\n`)
  await writeChecksums(to, [tarball, 'NOTES.md'])
  say(`written    ${tarball}, NOTES.md, SHA256SUMS in ${to}`)
  say(dryRun ? 'dry run: nothing to tag' : howToTag(to))
}

async function readState(): Promise<ReleaseState> {
  const read = (path: string) => readFile(join(root, path), 'utf8')
  const files = await Promise.all(naming.map(async (path) => [path, await read(path)] as const))
  return {
    version,
    changelog: await read('CHANGELOG.md'),
    files: new Map(files),
    changes: await git('status', '--porcelain').catch(() => null),
    tags: (await git('tag', '--list').catch(() => '')).split('\n'),
  }
}

const run = promisify(execFile)

const git = async (...args: string[]) =>
  (await run('git', args, { cwd: root, timeout: endWithin })).stdout.trim()

/** Returns the name of the tarball. @throws CrashError 'bad-config' with the output of npm */
async function pack(to: string): Promise<string> {
  // Scripts of the package need the Node that runs this one.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
  await run('npm', ['pack', '--silent', '--pack-destination', to], {
    cwd: root,
    env,
    timeout: endWithin,
  }).catch((cause: Error & { stderr?: string }) => {
    throw new CrashError('bad-config', `npm pack failed: ${cause.stderr || cause.message}`, { cause })
  })
  return `${manifest.name}-${version}.tgz`
}

/** In the form that `sha256sum --check` reads. */
async function writeChecksums(folder: string, names: readonly string[]): Promise<void> {
  const lines = await Promise.all(
    names.map(async (name) => {
      const sum = createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex')
      return `${sum}  ${name}\n`
    }),
  )
  await writeFile(join(folder, 'SHA256SUMS'), lines.join(''))
}

const howToTag = (to: string) => `
Next, as docs/releasing.md describes:
  (cd ${to} && sha256sum --check SHA256SUMS)
  git tag --sign v${version} --message 'Mayday ${version}'
  git push origin v${version}`

try {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean' }, to: { type: 'string' } } })
  await release({ dryRun: values['dry-run'] === true, to: resolve(values.to ?? join(root, 'dist/release')) })
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error
  if (!isCrashError(error) && !isUsage) throw error
  process.stderr.write(`release: ${(error as Error).message}\n`)
  process.exitCode = isUsage ? 2 : 1
}
