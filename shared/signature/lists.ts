// Signature lists: which frames say nothing, which say too little alone, and where a stack really begins.
import type { Pattern } from './patterns/automaton.ts'
import { createMatcher } from './patterns/matcher.ts'
import { literalPattern, parsePattern } from './patterns/pattern.ts'
import { PatternError } from './patterns/pattern-check.ts'

/**
 * What an entry does with a frame: `irrelevant` leaves it out, `prefix` takes it and looks on, `sentinel` drops all
 * frames before it, `line-number` appends the source line to it.
 */
export const roles = ['irrelevant', 'prefix', 'sentinel', 'line-number'] as const
export type Role = (typeof roles)[number]

/** Where an entry is in force. */
export const platforms = ['windows', 'macos', 'linux', 'android'] as const
export type Platform = (typeof platforms)[number]

/**
 * One entry. Exactly one of `is`, `starts`, `matches` says which frame texts it is for, one text or several; sentinels
 * take only `is`.
 */
export interface ListEntry {
  role: Role
  /** The whole text. */
  is?: string | string[]
  /** The beginning of the text. */
  starts?: string | string[]
  /** A regular expression, anchored at the start (`pattern.ts` tells the syntax). */
  matches?: string | string[]
  /** Why the entry is there, for the people who edit and for the report page. */
  reason: string
  /** In force on these only; everywhere if absent, and where a crash does not tell its system. */
  platforms?: Platform[]
}

/** Entries of one topic; `preset` names the set of users whom they serve, absent for everyone. */
export interface ListFile {
  topic: string
  preset?: string
  entries: ListEntry[]
}

/** Lists that cannot be used; the message names file and line. */
export class SignatureListError extends Error {
  override readonly name = 'SignatureListError'
}

/** One text of a checked entry. */
export interface CheckedEntry {
  role: Role
  how: 'is' | 'starts' | 'matches'
  text: string
  pattern: Pattern
  reason: string
  topic: string
  platforms: readonly Platform[] | null
}

/** Whose signatures to make: those of Socorro, character by character, or those with our corrections. */
export type Compat = 'socorro' | 'mayday'
export const compats: readonly Compat[] = ['socorro', 'mayday']

/** What decides how a function's text is normalized. */
export type FunctionKind = `${Compat} ${'cpp' | 'rust'}`

/** Lists as they are in force on one platform. `find…` give the deciding entry, or null. */
export interface PlatformLists {
  isSentinel(text: string): boolean
  findIrrelevant(text: string): DecidingEntry | null
  findPrefix(text: string): DecidingEntry | null
  wantsLine(text: string): boolean
  /** What the stack rules found for frame texts, and by `<compat> <language>` for functions, for the next stack. */
  readonly memory: Readonly<Record<'texts' | FunctionKind, Map<string, FrameText>>>
}

/** The entry that decided, as shown to people. */
export interface DecidingEntry {
  topic: string
  reason: string
  text: string
}

/** A frame's text and what the lists say about it; the last two are found when first asked. */
export interface FrameText {
  readonly text: string
  readonly sentinel: boolean
  irrelevant: DecidingEntry | null | undefined
  prefix: DecidingEntry | null | undefined
}

/** Lists, checked and ready. */
export interface SignatureLists {
  /** What the debug log calls them: `included signature lists` or `signature lists from <directory>`. */
  readonly title: string
  /** Changes whenever an entry does something else; reasons do not count. Eight hexadecimal digits. */
  readonly version: string
  /** Lists in force on the platform of a crash, by its `os` text. */
  forSystem(os: unknown): PlatformLists
}

/** Options of `createLists`. */
export interface ListOptions {
  title: string
  /** An empty list of regular expressions matches every frame, as it does in Socorro. */
  emptyMatchesAll?: boolean
}

/** The platform that an `os` text names, or null. */
export function platformOf(os: unknown): Platform | null {
  if (typeof os !== 'string') return null
  if (/^windows/i.test(os)) return 'windows'
  if (/^(mac|ios|darwin|os x)/i.test(os)) return 'macos'
  if (/^android/i.test(os)) return 'android'
  return /^linux/i.test(os) ? 'linux' : null
}

const hows = ['is', 'starts', 'matches'] as const

/**
 * Checks one entry. Throws SignatureListError, whose message begins with `placeOf(text)`: file and line of one of the
 * entry's texts, or of the entry.
 */
export function checkEntry(
  entry: ListEntry,
  topic: string,
  placeOf: (text?: string) => string,
): CheckedEntry[] {
  const fail = (what: string, text?: string): never => {
    throw new SignatureListError(`${placeOf(text)}: ${what}`)
  }
  if (typeof entry !== 'object' || entry === null) return fail('an entry is an object')
  const { role, reason, platforms: where = null } = entry
  if (!roles.includes(role)) fail(`role must be one of ${roles.join(', ')}`)
  if (typeof reason !== 'string' || reason === '') fail('say why the entry is there in "reason"')
  if (where !== null && !(Array.isArray(where) && where.every((name) => platforms.includes(name)))) {
    fail(`platforms must be a list of ${platforms.join(', ')}`)
  }
  const given = hows.filter((how) => entry[how] !== undefined)
  const how = given[0]!
  if (given.length !== 1) fail('give exactly one of "is", "starts" and "matches"')
  if (role === 'sentinel' && how !== 'is') fail('a sentinel is compared as a whole: use "is"')
  return [entry[how]!].flat().map((text) => {
    if (typeof text !== 'string' || text === '') return fail(`"${how}" must be text that is not empty`)
    try {
      const pattern = how === 'matches' ? parsePattern(text) : literalPattern(text, how === 'is')
      return { role, how, text, pattern, reason, topic, platforms: where }
    } catch (error) {
      if (error instanceof PatternError) return fail(`pattern ${text}: ${error.message}`, text)
      throw error
    }
  })
}

/** Lists from checked entries. */
export function createLists(entries: readonly CheckedEntry[], options: ListOptions): SignatureLists {
  const byPlatform = new Map<Platform | null, PlatformLists>()
  return {
    title: options.title,
    version: versionOf(entries),
    forSystem(os) {
      const platform = platformOf(os)
      let lists = byPlatform.get(platform)
      if (!lists) {
        const inForce = entries.filter(
          (entry) => !platform || !entry.platforms || entry.platforms.includes(platform),
        )
        lists = listsOf(inForce, options.emptyMatchesAll ?? false)
        byPlatform.set(platform, lists)
      }
      return lists
    },
  }
}

/** Lists from whole files, checked. Throws SignatureListError. */
export function listsFromFiles(files: readonly ListFile[], options: ListOptions): SignatureLists {
  const entries = files.flatMap((file) =>
    file.entries.flatMap((entry, i) =>
      checkEntry(entry, file.topic, () => `list "${file.topic}", entry ${i + 1}`),
    ),
  )
  return createLists(entries, options)
}

function listsOf(entries: readonly CheckedEntry[], emptyMatchesAll: boolean): PlatformLists {
  const finder = (role: Role) => {
    const own = entries.filter((entry) => entry.role === role)
    const matcher = createMatcher(own.map((entry) => entry.pattern))
    return (text: string): DecidingEntry | null => {
      if (own.length === 0 && emptyMatchesAll) return everything
      return own[matcher.match(text)] ?? null
    }
  }
  const findLine = finder('line-number')
  const sentinels = new Set(entries.filter(({ role }) => role === 'sentinel').map(({ text }) => text))
  return {
    isSentinel: (text) => sentinels.has(text),
    findIrrelevant: finder('irrelevant'),
    findPrefix: finder('prefix'),
    wantsLine: (text) => findLine(text) !== null,
    memory: {
      texts: new Map(),
      'socorro cpp': new Map(),
      'socorro rust': new Map(),
      'mayday cpp': new Map(),
      'mayday rust': new Map(),
    },
  }
}

const everything: DecidingEntry = { topic: 'none', reason: 'an empty list matches every frame', text: '' }

/** FNV-1a over the entries. */
function versionOf(entries: readonly CheckedEntry[]): string {
  let hash = 0x811c9dc5
  for (const { role, how, text, platforms: where } of entries) {
    for (const c of JSON.stringify([role, how, text, where])) {
      hash = Math.imul(hash ^ c.codePointAt(0)!, 0x01000193)
    }
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
