// The retired words and names of docs/glossary.md, and matching them.
import { CrashError } from '../../shared/errors.ts'

/** One retired phrase or name, and what to write instead. */
interface Retired {
  pattern: RegExp
  instead: string
}

/** The lists in force. */
export interface RetiredWords {
  phrases: Retired[]
  names: Retired[]
}

/** A retired word in a text; `at` is an offset in characters. */
export interface Match {
  at: number
  found: string
  instead: string
}

/** Reads the tables below "Retired words" and "Retired names". Throws CrashError when either is missing or empty. */
export function readRetiredWords(glossary: string): RetiredWords {
  return {
    phrases: rowsBelow(glossary, 'Retired words').flatMap(([left, instead]) =>
      phrasesOf(left).map((phrase) => ({ pattern: phrasePattern(phrase), instead })),
    ),
    names: rowsBelow(glossary, 'Retired names').map(([name, instead]) => ({
      pattern: /^[A-Z]/.test(name) ? new RegExp(`^${name}$`, 'g') : new RegExp(`(?<= |^)${name}(?= |$)`, 'g'),
      instead,
    })),
  }
}

/** Every retired phrase in a text. Phrases may span line breaks. */
export function retiredPhrases(text: string, { phrases }: RetiredWords): Match[] {
  return matches(text, phrases)
}

/** The retired words that a name contains. Names with an underscore are names of stored data, and exempt. */
export function retiredNames(name: string, { names }: RetiredWords): Match[] {
  if (name.includes('_')) return []
  const words = name.replace(/(?<=[a-z0-9])(?=[A-Z])|[-.]/g, ' ').toLowerCase()
  return [...matches(name, names), ...(words === name ? [] : matches(words, names))]
}

function matches(text: string, retired: Retired[]): Match[] {
  return retired.flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map((m) => ({ at: m.index, found: m[0].replace(/\s+/g, ' '), instead })),
  )
}

function rowsBelow(glossary: string, heading: string): [left: string, instead: string][] {
  const section = glossary.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  const rows = [...section.matchAll(/^\| (.+?) +\| (.+?) +\|$/gm)].slice(1)
  if (rows.length === 0) throw new CrashError('missing', `No table below "${heading}" in the glossary`)
  return rows.map((row) => [row[1]!, row[2]!])
}

const phrasesOf = (cell: string) => cell.split(/, (?![^`]*`$)/)

function phrasePattern(phrase: string): RegExp {
  const expression = /^`\/(.+)\/`$/.exec(phrase)?.[1]?.replaceAll('\\|', '|')
  const source = expression ?? `(?<![\\w-])${phrase}(?![\\w-])`
  return new RegExp(source.replaceAll(' ', '\\s+'), 'gi')
}
