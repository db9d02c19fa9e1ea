// The npm package: what it holds, and that its programs run where no source and no development package is.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { execForm, readDockerfile } from '../support/dockerfile.ts'
import { freePort } from '../support/free-port.ts'
import { type PackedMayday, packMayday } from '../support/packed-mayday.ts'
import { submitFixture } from '../support/running-serve.ts'
import { startServer } from '../support/started-server.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mayday-package-')))
const run = promisify(execFile)
let packed: PackedMayday

/** Only Node and the tools of the system, as on a machine without the checkout. */
const bareEnv = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: folder }

beforeAll(() => {
  packed = packMayday(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const mayday = (...args: string[]) => run(packed.command, args, { cwd: folder, env: bareEnv })

/** What the health check of the image finds. */
async function isHealthy(port: number): Promise<boolean> {
  const [, ...args] = execForm(readDockerfile().find(({ name }) => name === 'HEALTHCHECK')!)
  const env = { ...bareEnv, PORT: String(port) }
  return run(process.execPath, args, { env }).then(
    () => true,
    () => false,
  )
}

/** What a package may hold; docs/installing.md. */
const rule = [
  /^(package\.json|README\.md|LICENSE|batch\/mayday\.js)$/,
  /^built\/(package\.json|wrangler\.toml|docs\/sql\.md)$/,
  /^built\/(batch|edge|shared)\/[\w./-]+\.js$/,
  /^built\/(batch|shared)\/[\w./-]+\.json$/,
  /^built\/batch\/[\w-]+\/sql\/[\w-]+\.sql$/,
  /^built\/dashboard\/dist\/(\.assetsignore|[\w./-]+\.(html|css|js|svg|txt|woff2|json)(\.(br|gz))?)$/,
]

/** What modules name: other files relative to their own, packages. */
function references(file: string): string[] {
  const text = readFileSync(join(packed.folder, file), 'utf8')
  const pattern = /\b(?:from\s*|import\s*\(?\s*|new URL\(\s*)["']([^"'\n]+)["']/g
  return [...text.matchAll(pattern)].map(([, path]) => path!)
}

describe('the npm package', () => {
  test('holds what runs and nothing else', () => {
    expect(packed.files.filter((file) => !rule.some((one) => one.test(file)))).toEqual([])
    const unused = rule.filter((one) => !packed.files.some((file) => one.test(file)))
    expect(unused).toEqual([])
    expect(packed.size).toBeLessThan(3_000_000)
  })

  test('contains every file that a module names', () => {
    const modules = packed.files.filter((file) => /^built\/(batch|edge|shared)\/.*\.js$/.test(file))
    expect(modules.length).toBeGreaterThan(500)
    const missing = modules.flatMap((file) =>
      references(file)
        .filter((path) => path.startsWith('.'))
        .filter((path) => !existsSync(join(packed.folder, dirname(file), path)))
        .map((path) => `${file}: ${path}`),
    )
    expect(missing).toEqual([])
  })

  test('contains every query of the sources', async () => {
    const { stdout } = await run('git', ['ls-files', 'batch/*.sql', 'edge/*.sql', 'shared/*.sql'], {
      cwd: root,
    })
    const queries = stdout
      .trim()
      .split('\n')
      .map((path) => `built/${path}`)
    expect(packed.files.filter((file) => file.endsWith('.sql')).sort()).toEqual(queries.sort())
  })

  test('depends on exactly the packages that its modules import', () => {
    const modules = packed.files.filter((file) => /^built\/(batch|edge|shared)\/.*\.js$/.test(file))
    const imported = modules.flatMap(references).filter((path) => /^[@a-z]/.test(path) && !path.includes(':'))
    const packages = new Set(imported.map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)![0]))
    for (const name of developmentOnly) packages.delete(name)
    expect([...packages].sort()).toEqual(Object.keys(packed.manifest.dependencies).sort())
  })

  /** Of the local Workers runtime. */
  const developmentOnly = ['miniflare', 'esbuild', 'smol-toml']
})

describe('the installed command', () => {
  test('prints its version', async () => {
    expect((await mayday('--version')).stdout).toBe(`${manifest.version}\n`)
  })

  test('serves what init made: dashboard, reports, SQL', async () => {
    const first = join(folder, 'first')
    const made = await mayday('init', 'first', '--product', 'Fixture')
    expect(made.stdout).toContain('cd first && mayday serve --every 1m\n')
    const port = await freePort()
    await using server = await startServer({
      command: [packed.command, 'serve', '--every', '1s', '--host', '127.0.0.1', '--port', String(port)],
      url: `http://127.0.0.1:${port}`,
      cwd: first,
      env: bareEnv,
    })
    await server.until(() => isHealthy(port))
    const page = await fetch(`${server.url}/`)
    expect(await page.text()).toContain('<title>')
    const crashId = await submitFixture(server.url, '1.0')
    expect(crashId).not.toBeNull()
    await server.until(async () => {
      const answer = await fetch(`${server.url}/api/report/${crashId}`)
      const report = (await answer.json()) as { signature?: string }
      return answer.ok && typeof report.signature === 'string'
    })
    const query = 'select product, version from crashes'
    const { stdout } = await run(packed.command, ['sql', '--format', 'json', query], {
      cwd: first,
      env: bareEnv,
    })
    expect(JSON.parse(stdout)).toEqual([{ product: 'Fixture', version: '1.0' }])
    const check = await run(packed.command, ['check', server.url, '--json'], { cwd: first, env: bareEnv })
    const { failed, warning, findings } = JSON.parse(check.stdout) as Checked
    const skipped = findings.filter(({ result }) => result === 'skipped').map((finding) => finding.check)
    expect({ failed, warning, skipped }).toEqual({
      failed: 0,
      warning: 0,
      skipped: ['TLS', 'rejected report'],
    })
  })

  interface Checked {
    failed: number
    warning: number
    findings: { check: string; result: string }[]
  }

  test('is unhealthy for the image where nothing listens', async () => {
    expect(await isHealthy(await freePort())).toBe(false)
  })

  test('reports in one line that the local Workers runtime needs a checkout', async () => {
    const failure = await mayday('edge').catch((error: { code: number; stderr: string }) => error)
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringMatching(/^mayday: .*checkout.*\n$/) })
  })
})

describe('the edge of the package', () => {
  const deno = join(root, 'node_modules/.bin/deno')
  test.each([
    ['Node', [process.execPath]],
    ['Deno', [deno, 'run', '--allow-all']],
  ])('accepts reports in %s', async (runtime, program) => {
    const port = await freePort()
    await using server = await startServer({
      command: [...program, join(packed.folder, `built/edge/runtime/${runtime.toLowerCase()}-server.js`)],
      url: `http://127.0.0.1:${port}`,
      cwd: folder,
      env: { ...bareEnv, CRASH_ID_KEY: 'the key of the tests', PORT: String(port), HOST: '127.0.0.1' },
    })
    expect(await submitFixture(server.url, '1.0')).not.toBeNull()
    expect((await fetch(`${server.url}/`)).status).toBe(200)
  })

  test('bundles for Workers from its own configuration', async () => {
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
    const config = join(packed.folder, 'built/wrangler.toml')
    const { stdout } = await run(process.execPath, [wrangler, 'deploy', '--dry-run', '--config', config], {
      cwd: folder,
      env: { ...bareEnv, WRANGLER_SEND_METRICS: 'false', CI: '1' },
    })
    expect(stdout).toMatch(/env\.CRASHES.*\n/)
    expect(stdout).toMatch(/--dry-run: exiting now/)
  })
})

describe('a release', () => {
  test('has the package, notes and their checksums; the package has the licenses of what the dashboard bundles', async () => {
    const to = join(folder, 'release')
    const program = join(root, 'deploy/release/release.ts')
    const { stdout } = await run(process.execPath, [program, '--dry-run', '--to', to])
    expect(stdout).toMatch(/written .*\ndry run: nothing to tag\n$/)
    const sums = await run('sha256sum', ['--check', 'SHA256SUMS'], { cwd: to })
    expect(sums.stdout).toBe(`mayday-${manifest.version}.tgz: OK\nNOTES.md: OK\n`)
    expect(readFileSync(join(to, 'NOTES.md'), 'utf8')).toMatch(/^# Mayday \d.*\n\n\S/)
    const licenses = readFileSync(join(packed.folder, 'built/dashboard/dist/licenses.txt'), 'utf8')
    for (const name of ['preact', '@observablehq/plot', 'zod']) expect(licenses).toContain(`\n## ${name} - `)
  })

  test('refuses options that it does not know', async () => {
    const program = join(root, 'deploy/release/release.ts')
    const failure = await run(process.execPath, [program, '--sign']).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^release: Unknown option '--sign'/),
    })
  })
})
