// Every command line of mayday in the documentation: the command and its options exist. And scripts, settings and paths.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../../../batch/program.ts'
import manifest from '../../../package.json' with { type: 'json' }
import { isSetting } from '../../../shared/settings.ts'

const root = resolve(import.meta.dirname, '../../..')
const pages = [
  ...globSync('{*,docs/*,{batch,dashboard,deploy,edge,shared,test}/**/README}.md', { cwd: root }),
].filter((page) => !page.includes('node_modules'))

interface Line {
  page: string
  words: string[]
}

/** Text of code: lines of fences, and spans. In the page of `--help` only examples are lines of a shell. */
function codeOf(page: string): string[] {
  const text = readFileSync(resolve(root, page), 'utf8').replaceAll('\\\n', ' ')
  const fences = [...text.matchAll(/^ *```.*\n([\s\S]*?)^ *```/gm)].map(([, code]) => code!)
  const lines = fences.flatMap((code) =>
    page === 'docs/cli.md' ? (code.split(/^Examples?:\n/m)[1] ?? '').split('\n') : code.split('\n'),
  )
  const spans = page === 'docs/cli.md' ? '' : text.replace(/^ *```.*\n[\s\S]*?^ *```/gm, '')
  return [...lines, ...[...spans.matchAll(/`([^`]+)`/g)].map(([, code]) => code!.replace(/\s+/g, ' '))]
}

/** A command line of mayday without what precedes and follows it in a shell, in words; null for other lines. */
function wordsOf(code: string): string[] | null {
  const start =
    /^\s*(?:- run: |\$ |exec )?(?:[A-Z_]+=(?:"[^"]*"|\S*) )*(?:npm run -s mayday -- |npx mayday |node batch\/mayday\.js |mayday )(?=[a-z-])/
  const [found] = start.exec(code) ?? []
  if (found === undefined) return null
  const words = code.slice(found.length).match(/(?:"(?:\\.|[^"])*"|'[^']*'|[^\s"'])+/g) ?? []
  const end = words.findIndex((word) => /^(?:\||\|\||&&|;|>|>>|<|#|2>.*|\).*)$/.test(word))
  return end === -1 ? words : words.slice(0, end)
}

const lines: Line[] = pages.flatMap((page) =>
  codeOf(page).flatMap((code) => {
    const words = wordsOf(code)
    return words ? [{ page, words }] : []
  }),
)

/** Why the line cannot run; null when it can. */
async function problemOf(words: readonly string[]): Promise<string | null> {
  const [name = '', ...rest] = words
  const program = await createProgram(name.startsWith('-') ? undefined : name)
  let command: Command = program
  let at = 0
  for (const word of [name, ...rest]) {
    if (word.startsWith('-') || command.commands.length === 0) break
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (!next && /^[a-z-]+$/.test(word) && word !== 'help') return `there is no command ${word}`
    if (!next) break
    command = next
    at++
  }
  const known = [...command.options, ...program.options].flatMap(({ long, short }) => [long, short])
  const options = words
    .slice(at)
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0]!)
  const unknown = options.find((option) => !known.includes(option) && !['--help', '-h'].includes(option))
  return unknown === undefined ? null : `${command.name()} has no option ${unknown}`
}

/** Headings as GitHub names them in links. */
function headingsOf(page: string): Set<string> {
  const text = readFileSync(resolve(root, page), 'utf8').replace(/^ *```.*\n[\s\S]*?^ *```/gm, '')
  const titles = [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, title]) => title!)
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  )
}

describe('documentation', () => {
  test('has command lines, split into words as in a shell', () => {
    expect(lines.length).toBeGreaterThan(200)
    expect(wordsOf('A=1 mayday sql -p n=\\$v "select 1 | 2" > x.csv # all')).toEqual([
      'sql',
      '-p',
      'n=\\$v',
      '"select 1 | 2"',
    ])
    expect(wordsOf('npm run -s mayday -- verify')).toEqual(['verify'])
    expect(wordsOf('the mayday command')).toBeNull()
  })

  test('names only commands and options that exist', async () => {
    const found = await Promise.all(
      lines.map(async ({ page, words }) => [`${page}: mayday ${words.join(' ')}`, await problemOf(words)]),
    )
    expect(found.filter(([, problem]) => problem !== null)).toEqual([])
  })

  test('would not name others', async () => {
    expect(await problemOf(['nothing'])).toBe('there is no command nothing')
    expect(await problemOf(['tokens', 'nothing'])).toBe('there is no command nothing')
    expect(await problemOf(['verify', '--nothing'])).toBe('verify has no option --nothing')
    expect(await problemOf(['tokens', 'add', '--label', 'a', '--deep'])).toBe('add has no option --deep')
  })

  test('links only to headings that exist', () => {
    const slugs = new Map(pages.map((page) => [resolve(root, page), headingsOf(page)]))
    const broken = pages.flatMap((page) =>
      [...readFileSync(resolve(root, page), 'utf8').matchAll(/\]\(([^):\s#]*)#([^)\s]+)\)/g)]
        .filter(([, path, heading]) => {
          const target = path ? resolve(root, dirname(page), path) : resolve(root, page)
          return slugs.has(target) && !slugs.get(target)!.has(heading!)
        })
        .map(([link]) => `${page}: ${link}`),
    )
    expect(broken).toEqual([])
  })

  test('names only scripts that exist', () => {
    const named = pages.flatMap((page) =>
      codeOf(page).flatMap((code) =>
        [...code.matchAll(/\bnpm run (?:-s |--silent )?([a-z][a-z:]*)/g)].map(
          ([, script]) => `${page}: ${script}`,
        ),
      ),
    )
    expect(named.filter((one) => !(one.split(': ')[1]! in manifest.scripts))).toEqual([])
  })

  test('names only programs of this repository that exist', () => {
    const named = pages.flatMap((page) =>
      codeOf(page).flatMap((code) =>
        [...code.matchAll(/\b(?:node|run --allow-all) ((?:batch|deploy|edge|test)\/\S+\.(?:ts|js))/g)].map(
          ([, path]) => path!,
        ),
      ),
    )
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((path) => !existsSync(resolve(root, path)))).toEqual([])
  })

  test('sets only settings that exist, before a command', () => {
    const foreign = new Set([
      'CLOUDFLARE_API_TOKEN',
      'CLOUDFLARE_ACCOUNT_ID',
      'TOKEN',
      'NAME',
      'MOZ_CRASHREPORTER_URL',
      'FUZZ_RUNS',
      'MAYDAY_TEST_KILLS',
      'MAYDAY_TEST_CRASHES',
    ])
    const named = pages.flatMap((page) =>
      codeOf(page).flatMap((code) =>
        [
          ...(
            /^\s*(?:export )?((?:[A-Z][A-Z_\d]+=(?:'[^']*'|"[^"]*"|\S*)\s+)+)/.exec(`${code} `)?.[1] ?? ''
          ).matchAll(/([A-Z][A-Z_\d]+)=/g),
        ].map(([, name]) => name!),
      ),
    )
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !isSetting(name) && !foreign.has(name))).toEqual([])
  })
})
