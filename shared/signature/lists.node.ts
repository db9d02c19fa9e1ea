// Reads signature lists from a directory: JSON files, or the four text files of Socorro.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from '../json/schema.ts'
import {
  type CheckedEntry,
  checkEntry,
  createLists,
  type ListEntry,
  type ListFile,
  listFile,
  type Role,
  SignatureListError,
  type SignatureLists,
} from './lists.ts'
import { strip } from './python-compat/python.ts'

/** Socorro's files: all four must exist. */
const textFiles: readonly (readonly [name: string, role: Role])[] = [
  ['irrelevant_signature_re.txt', 'irrelevant'],
  ['prefix_signature_re.txt', 'prefix'],
  ['signatures_with_line_numbers_re.txt', 'line-number'],
  ['signature_sentinels.txt', 'sentinel'],
]

/**
 * The lists of a directory: Socorro's four text files if one of them exists, else all `*.json` files, of those with a
 * preset only the ones `wanted`; all if absent. All are checked.
 * Throws SignatureListError with file and line for an invalid list, and for a directory without lists.
 */
export function readLists(directory: string, wanted?: readonly string[]): SignatureLists {
  const names = readNames(directory)
  const title = `signature lists from ${directory}`
  if (textFiles.some(([name]) => names.includes(name))) {
    const rules = textFiles.flatMap(([name, role]) => readTextFile(join(directory, name), role))
    return createLists(rules, { title, emptyMatchesAll: true })
  }
  const own = names.filter((name) => name.endsWith('.json')).sort()
  if (own.length === 0) {
    throw new SignatureListError(
      `${directory}: no lists here; add *.json lists or Socorro's four *.txt files`,
    )
  }
  const files = own.map((name) => readJsonFile(join(directory, name)))
  const inForce = files.filter(({ preset }) => preset === null || (wanted?.includes(preset) ?? true))
  return createLists(
    inForce.flatMap(({ entries }) => entries),
    { title },
  )
}

function readNames(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    throw new SignatureListError(`${directory}: cannot be read; specify a directory of lists`, {
      cause: error,
    })
  }
}

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    throw new SignatureListError(`${path}: cannot be read as UTF-8 text`, { cause: error })
  }
}

/** One entry per line; empty lines and lines that start with `#` are ignored. */
function readTextFile(path: string, role: Role) {
  return readText(path)
    .split('\n')
    .flatMap((line, i) => {
      const text = strip(line)
      if (text === '' || text.startsWith('#')) return []
      const entry: ListEntry = { role, reason: 'on the list', [role === 'sentinel' ? 'is' : 'matches']: text }
      return checkEntry(entry, { topic: role, placeOf: () => `${path}:${i + 1}` })
    })
}

function readJsonFile(path: string): { preset: string | null; entries: CheckedEntry[] } {
  const text = readText(path)
  const file = parseListFile(path, text)
  let at = 0
  const entries = file.entries.flatMap((entry) => {
    const first = firstTextOf(entry)
    const start = typeof first === 'string' ? text.indexOf(JSON.stringify(first), at) : -1
    if (start >= 0) at = start + 1
    const placeOf = (part?: string) => {
      const found = part === undefined ? -1 : text.indexOf(JSON.stringify(part), Math.max(at - 1, 0))
      return `${path}:${lineOf(text, found >= 0 ? found : at)}`
    }
    return checkEntry(entry, { topic: file.topic, placeOf })
  })
  return { preset: file.preset ?? null, entries }
}

function parseListFile(path: string, text: string): ListFile {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    const place = /position (\d+)/.exec((error as Error).message)?.[1]
    throw new SignatureListError(`${path}:${lineOf(text, Number(place ?? 0))}: not JSON`, { cause: error })
  }
  const { data, problems } = check(listFile, json)
  if (problems) throw new SignatureListError(`${path}:1: ${problems[0]}`)
  return data
}

/** The first text of an entry, to find its line. */
function firstTextOf(entry: unknown): unknown {
  const { is, starts, matches } = Object(entry)
  return [is ?? starts ?? matches].flat()[0]
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length
