// Signature lists: how frames take part in signatures.
import * as z from 'zod/mini'
import { check, text } from '../json/schema.ts'
import type { Pattern } from './patterns/automaton.ts'
import { createMatcher } from './patterns/matcher.ts'
import { literalPattern, parsePattern } from './patterns/pattern.ts'
import { PatternError } from './patterns/pattern-check.ts'

/**
 * What an entry does with a frame: `oom` skips it and marks the signature `OOM`, `alias` treats it as the frame `as`,
 * `irrelevant` skips it, `prefix` selects it and continues, `sentinel` drops all frames before it, `line-number`
 * appends the source line. `oom` and `alias` decide before `irrelevant`, and `irrelevant` before `prefix`.
 */
export const roles = ['oom', 'alias', 'irrelevant', 'prefix', 'sentinel', 'line-number'] as const
export type Role = (typeof roles)[number]

/** Where an entry applies. */
export const platforms = ['windows', 'macos', 'linux', 'android'] as const
export type Platform = (typeof platforms)[number]

const texts = z.union([text, z.array(text)], 'must be non-empty text, or a list of such texts')
const hows = ['is', 'starts', 'matches'] as const
const explanation = 'must explain why the entry exists'

/**
 * One entry. Exactly one of `is`, `starts`, `matches` selects frame texts, one text or several; sentinels allow only
 * `is`.
 */
const listEntry = z
  .object({
    role: z.enum(roles),
    /** The whole text. */
    is: z.exactOptional(texts),
    /** The beginning of the text. */
    starts: z.exactOptional(texts),
    /** A regular expression, anchored at the start (`patterns/pattern.ts` defines the syntax). */
    matches: z.exactOptional(texts),
    /** Of an alias: the text that replaces the frame's. */
    as: z.exactOptional(text),
    /** A frame that the entry is for. */
    example: z.exactOptional(text),
    /** Why the entry exists, for editors and for the report page. */
    reason: z.string(explanation).check(z.minLength(1, explanation)),
    /** Applies on these only; everywhere if absent, and for crashes of an unknown system. */
    platforms: z.exactOptional(z.array(z.enum(platforms))),
  })
  .check(
    z.refine(
      (entry) => hows.filter((how) => entry[how] !== undefined).length === 1,
      'must have exactly one of "is", "starts" and "matches"',
    ),
    z.refine(
      ({ role, is }) => role !== 'sentinel' || is !== undefined,
      'is a sentinel, compared as a whole: use "is"',
    ),
    z.refine(({ role, as }) => (role === 'alias') === (as !== undefined), 'must have "as" if it is an alias'),
  )
export type ListEntry = z.output<typeof listEntry>

/** Entries of one topic; with a `preset` they apply only to products of that preset. Entries are checked one by one. */
export const listFile = z.object(
  { topic: z.string(), preset: z.exactOptional(z.string()), entries: z.array(z.unknown()) },
  'must be {"topic": text, "entries": [...]}',
)
export type ListFile = z.output<typeof listFile>

/** Invalid lists; the message names file and line. */
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
  as: string | null
  platforms: readonly Platform[] | null
}

/** `socorro` equals Socorro character by character; `mayday` adds corrections. */
export type Compat = 'socorro' | 'mayday'
export const compats: readonly Compat[] = ['socorro', 'mayday']

/** The lists that apply on one platform. The `find…` functions return the deciding entry, or null. */
export interface PlatformLists {
  isSentinel(text: string): boolean
  /** An entry that skips the frame or, if it has `as`, replaces its text. */
  findSkip(text: string): DecidingEntry | null
  findPrefix(text: string): DecidingEntry | null
  wantsLine(text: string): boolean
  /** A cache for the stack rules: results by frame text, and by function for each `<compat> <language>`. */
  readonly memory: { readonly texts: FrameTexts; functions(kind: string): FrameTexts }
}

/** The entry that decided, as displayed. */
export type DecidingEntry = Pick<CheckedEntry, 'role' | 'as' | 'topic' | 'reason' | 'text'>

/** A frame's text and its classification by the lists; the last two are computed on first use. */
export interface FrameText {
  readonly text: string
  readonly sentinel: boolean
  /** The text is the module's name, because it has no symbols. */
  readonly unnamed: boolean
  skip: DecidingEntry | null | undefined
  prefix: DecidingEntry | null | undefined
}

export type FrameTexts = Map<string, FrameText>

/** Checked lists, ready for use. */
export interface SignatureLists {
  /** Name in the debug log: `included signature lists` or `signature lists from <directory>`. */
  readonly title: string
  /** Changes when an entry changes its effect; reasons do not count. Eight hexadecimal digits. */
  readonly version: string
  /** The lists that apply on the platform of a crash, by its `os` text. */
  forSystem(os: unknown): PlatformLists
}

/** Options of `createLists`. */
export interface ListOptions {
  title: string
  /** An empty list of regular expressions matches every frame, as it does in Socorro. */
  emptyMatchesAll?: boolean
  /** The patterns are included ones, which a test checks: their cost is not checked again. */
  areTrusted?: boolean
}

interface EntryOptions {
  topic: string
  /** File and line of one of the entry's texts, or of the entry. */
  placeOf: (text?: string) => string
  isTrusted?: boolean
}

/** The platform of an `os` text, or null. */
export function platformOf(os: unknown): Platform | null {
  if (typeof os !== 'string') return null
  if (/^windows/i.test(os)) return 'windows'
  if (/^(mac|ios|darwin|os x)/i.test(os)) return 'macos'
  if (/^android/i.test(os)) return 'android'
  return /^linux/i.test(os) ? 'linux' : null
}

/** Checks one entry. Throws SignatureListError, whose message starts with `placeOf(text)`. */
export function checkEntry(
  given: unknown,
  { topic, placeOf, isTrusted = false }: EntryOptions,
): CheckedEntry[] {
  const { data: entry, problems } = check(listEntry, given)
  if (problems) throw new SignatureListError(`${placeOf()}: ${problems[0]}`)
  const { role, reason, as = null, platforms: where = null } = entry
  const how = hows.find((one) => entry[one] !== undefined)!
  return [entry[how]!].flat().map((text) => {
    try {
      const pattern =
        how === 'matches' ? parsePattern(text, { isTrusted }) : literalPattern(text, how === 'is')
      return { role, how, text, pattern, reason, topic, as, platforms: where }
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      throw new SignatureListError(`${placeOf(text)}: pattern ${text}: ${error.message}`)
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
      checkEntry(entry, {
        topic: file.topic,
        placeOf: () => `list "${file.topic}", entry ${i + 1}`,
        isTrusted: options.areTrusted ?? false,
      }),
    ),
  )
  return createLists(entries, options)
}

function listsOf(entries: readonly CheckedEntry[], emptyMatchesAll: boolean): PlatformLists {
  const finder = (...wanted: readonly Role[]) => {
    const own = wanted.flatMap((role) => entries.filter((entry) => entry.role === role))
    const matcher = createMatcher(own.map((entry) => entry.pattern))
    return (text: string): DecidingEntry | null => {
      if (own.length === 0) return emptyMatchesAll && !wanted.includes('oom') ? everything : null
      return own[matcher.match(text)] ?? null
    }
  }
  const findLine = finder('line-number')
  const findSpecial = finder('oom', 'alias')
  const findIrrelevant = finder('irrelevant')
  const sentinels = new Set(entries.filter(({ role }) => role === 'sentinel').map(({ text }) => text))
  return {
    isSentinel: (text) => sentinels.has(text),
    findSkip: (text) => findSpecial(text) ?? findIrrelevant(text),
    findPrefix: finder('prefix'),
    wantsLine: (text) => findLine(text) !== null,
    memory: createMemory(),
  }
}

function createMemory(): PlatformLists['memory'] {
  const byKind = new Map<string, FrameTexts>()
  return {
    texts: new Map(),
    functions(kind) {
      const known = byKind.get(kind) ?? new Map()
      byKind.set(kind, known)
      return known
    },
  }
}

const everything: DecidingEntry = {
  role: 'irrelevant',
  as: null,
  topic: 'none',
  reason: 'an empty list matches every frame',
  text: '',
}

/** FNV-1a over the entries. */
function versionOf(entries: readonly CheckedEntry[]): string {
  let hash = 0x811c9dc5
  for (const { role, how, text, as, platforms: where } of entries) {
    for (const c of JSON.stringify([role, how, text, as, where])) {
      hash = Math.imul(hash ^ c.codePointAt(0)!, 0x01000193)
    }
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
