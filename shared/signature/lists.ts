// Signature lists: which frames say nothing, which say too little alone, and where a stack really begins.
import {
  createMatcher,
  literalPattern,
  type Matcher,
  parsePattern,
  type Pattern,
  PatternError,
} from './pattern.ts'

/**
 * What an entry does with a frame: `irrelevant` leaves it out, `prefix` takes it and looks on, `sentinel` drops all
 * frames before it, `line-number` appends the source line to it.
 */
export const roles = ['irrelevant', 'prefix', 'sentinel', 'line-number'] as const
export type Role = (typeof roles)[number]

/** Where an entry is in force. */
export const platforms = ['windows', 'macos', 'linux', 'android'] as const
export type Platform = (typeof platforms)[number]

/** One entry. Exactly one of `is`, `starts`, `matches` says which frame texts it is for; sentinels take only `is`. */
export interface ListEntry {
  role: Role
  /** The whole text. */
  is?: string
  /** The beginning of the text. */
  starts?: string
  /** A regular expression, anchored at the start (`pattern.ts` tells the syntax). */
  matches?: string
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

/** Where an entry stands, for messages. */
export type Locate = (index: number) => string

/** Lists that cannot be used; the message names file and line. */
export class SignatureListError extends Error {
  override readonly name = 'SignatureListError'
}

/** One checked entry. */
interface Rule extends ListEntry {
  pattern: Pattern
  topic: string
}

/** Lists as they are in force on one platform. `find…` give the deciding entry, or null. */
export interface PlatformLists {
  isSentinel(text: string): boolean
  findIrrelevant(text: string): DecidingEntry | null
  findPrefix(text: string): DecidingEntry | null
  wantsLine(text: string): boolean
  /** Room for the stack rules to keep what they found for a frame text or function. */
  readonly memory: Map<string, unknown>
}

/** The entry that decided, as shown to people. */
export interface DecidingEntry {
  topic: string
  reason: string
  text: string
}

/** Lists, checked and ready. */
export interface SignatureLists {
  /** What the debug log calls them: `included signature lists` or `signature lists from <directory>`. */
  readonly title: string
  /** Changes whenever an entry changes: eight hexadecimal digits. */
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

/** Checks one entry. Throws SignatureListError; `place` (file and line) begins its message. */
export function checkEntry(entry: ListEntry, topic: string, place: string): Rule {
  const fail = (what: string): never => {
    throw new SignatureListError(`${place}: ${what}`)
  }
  if (!roles.includes(entry.role)) fail(`role must be one of ${roles.join(', ')}`)
  if (typeof entry.reason !== 'string' || entry.reason === '') fail('say why the entry is there in "reason"')
  const wrong = entry.platforms?.find((platform) => !platforms.includes(platform))
  if (wrong !== undefined) fail(`unknown platform ${wrong}; known are ${platforms.join(', ')}`)
  const given = (['is', 'starts', 'matches'] as const).filter((key) => entry[key] !== undefined)
  if (given.length !== 1) fail('give exactly one of "is", "starts" and "matches"')
  const text = entry[given[0]!]
  if (typeof text !== 'string' || text === '') return fail(`"${given[0]}" must be text that is not empty`)
  if (entry.role === 'sentinel' && given[0] !== 'is') fail('a sentinel is compared as a whole: use "is"')
  try {
    const pattern = given[0] === 'matches' ? parsePattern(text) : literalPattern(text, given[0] === 'is')
    return { ...entry, pattern, topic }
  } catch (error) {
    if (error instanceof PatternError) return fail(`pattern ${text}: ${error.message}`)
    throw error
  }
}

/** Lists from checked entries. */
export function createLists(rules: readonly Rule[], options: ListOptions): SignatureLists {
  const byPlatform = new Map<Platform | null, PlatformLists>()
  return {
    title: options.title,
    version: versionOf(rules),
    forSystem(os) {
      const platform = platformOf(os)
      let lists = byPlatform.get(platform)
      if (!lists) {
        const inForce = rules.filter(
          (rule) => !platform || !rule.platforms || rule.platforms.includes(platform),
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
  const rules = files.flatMap((file) =>
    file.entries.map((entry, i) => checkEntry(entry, file.topic, `list "${file.topic}", entry ${i + 1}`)),
  )
  return createLists(rules, options)
}

function listsOf(rules: readonly Rule[], emptyMatchesAll: boolean): PlatformLists {
  const finder = (role: Role) => {
    const own = rules.filter((rule) => rule.role === role)
    const matcher: Matcher = createMatcher(own.map((rule) => rule.pattern))
    return (text: string): DecidingEntry | null => {
      if (own.length === 0 && emptyMatchesAll) return everything
      const found = matcher.match(text)
      if (found < 0) return null
      const { topic, reason, is, starts, matches } = own[found]!
      return { topic, reason, text: is ?? starts ?? matches! }
    }
  }
  const findLine = finder('line-number')
  const sentinels = new Set(rules.filter((rule) => rule.role === 'sentinel').map((rule) => rule.is!))
  return {
    isSentinel: (text) => sentinels.has(text),
    findIrrelevant: finder('irrelevant'),
    findPrefix: finder('prefix'),
    wantsLine: (text) => findLine(text) !== null,
    memory: new Map(),
  }
}

const everything: DecidingEntry = { topic: 'none', reason: 'an empty list matches every frame', text: '' }

/** FNV-1a over the entries. */
function versionOf(rules: readonly Rule[]): string {
  let hash = 0x811c9dc5
  for (const { role, is, starts, matches, platforms: where } of rules) {
    for (const c of JSON.stringify([role, is, starts, matches, where])) {
      hash = Math.imul(hash ^ c.codePointAt(0)!, 0x01000193)
    }
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
