// Crash IDs: 36 characters in UUID form; the last seven encode the throttle's verdict and the day. FORMATS.md, "Crash
// id".

import { CrashError } from './errors.ts'
import { volatileAnnotations } from './fields/annotations.ts'
import { dateOfCrashId } from './keys.ts'
import { own } from './own.ts'
import { ascending } from './text/ascending.ts'
import { isDate } from './time/dates.ts'
import type { IsoDate, Percent } from './units.ts'

declare const crashIdBrand: unique symbol
/** A string that `isCrashId` accepts. */
export type CrashId = string & { readonly [crashIdBrand]: true }

/** The verdict of the throttle: 0 accepted, 1 deferred, 2 rejected (logs only), 3 fakeaccept. */
export type CrashIdDigit = 0 | 1 | 2 | 3

const form = /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{6}[0-9]{6}$/

/**
 * True for the id of a stored report: lower case, the hyphens of a UUID, digit 0 or 1, six digits of date. Version
 * bits and the date itself are not checked. `anyDigit` also accepts other verdicts.
 */
export function isCrashId(text: unknown, options: { anyDigit?: boolean } = {}): text is CrashId {
  if (typeof text !== 'string' || !form.test(text)) return false
  return options.anyDigit === true || text[29] === '0' || text[29] === '1'
}

export interface ParsedCrashId {
  crashId: CrashId
  /** 0 to 15: the verdict; ids of other systems may have any hex digit. */
  digit: number
  /** Day of submission in UTC; null when the six digits are not a date. */
  date: IsoDate | null
}

/**
 * Parses a crash ID with any verdict, with or without the display prefix `bp-`.
 * @throws CrashError 'bad-crash-id'
 */
export function parseCrashId(text: string): ParsedCrashId {
  const crashId = text.startsWith('bp-') ? text.slice(3) : text
  if (!isCrashId(crashId, { anyDigit: true })) {
    throw new CrashError(
      'bad-crash-id',
      `Not a crash ID: ${JSON.stringify(text.slice(0, 60))}. Expected 36 characters like de1bb258-cbbf-4589-a673-34f800160918`,
    )
  }
  const date = dateOfCrashId(crashId)
  return { crashId, digit: Number.parseInt(crashId[29]!, 16), date: isDate(date) ? date : null }
}

/** Identifies a report independent of when it is sent. */
export interface ReportIdentity {
  /** 16 bytes from which the first 29 characters of the id derive. */
  material: Uint8Array
  /** A number in [0, 100) per report and sampling rule: repeatable for the same report, independent between rules. */
  draw(ruleName: string): Percent
}

export interface IdentityInput {
  /** Every file of the report; `sha256hex` is lower-case. Empty files are ignored. */
  dumps: readonly { name: string; size: number; sha256hex: string }[]
  /** As received, without additions of the edge. */
  annotations: Readonly<Record<string, unknown>>
  /** The secret `CRASH_ID_KEY`, as text. */
  key: string
  /** HMAC-SHA-256; Web Crypto's is asynchronous and runs on another thread. */
  hmac: (key: string, bytes: Uint8Array) => Uint8Array
  /** For reports without a non-empty dump. */
  random?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array
}

const encoder = new TextEncoder()

/**
 * Identifies a report by its content: HMAC-SHA-256 of its files and non-volatile annotations. A report without a
 * non-empty file has too little content to be distinguished and gets a random identity.
 */
export function identifyReport(input: IdentityInput): ReportIdentity {
  const dumps = input.dumps.filter((dump) => dump.size > 0)
  if (dumps.length === 0) {
    const random = input.random ?? ((bytes) => crypto.getRandomValues(bytes))
    return identityOf(random(new Uint8Array(32)))
  }
  const text = encoder.encode(canonicalIdentity(dumps, input.annotations))
  return identityOf(input.hmac(input.key, text))
}

function canonicalIdentity(
  dumps: IdentityInput['dumps'],
  annotations: Readonly<Record<string, unknown>>,
): string {
  const files = dumps.map((dump) => [dump.name, dump.sha256hex] as const).sort(([a], [b]) => ascending(a, b))
  const lasting = Object.keys(annotations)
    .filter((name) => !volatileAnnotations.has(name))
    .sort()
    .map((name) => [name, own(annotations, name)])
  return JSON.stringify(['mayday report 1', files, lasting])
}

function identityOf(mac: Uint8Array): ReportIdentity {
  const seed = new DataView(mac.buffer, mac.byteOffset + 16, 16)
  return { material: mac.subarray(0, 16), draw: (ruleName) => drawFrom(seed, ruleName) }
}

/**
 * 53 bits of the seed mixed with the rule's name, scaled to [0, 100). Two 32-bit lanes of MurmurHash3's mixing steps
 * (https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp); the seed is already secret and uniform.
 */
function drawFrom(seed: DataView, ruleName: string): Percent {
  let a = seed.getUint32(0)
  let b = seed.getUint32(4)
  for (let i = 0; i < ruleName.length; i++) {
    const unit = ruleName.charCodeAt(i)
    a = finalize(a ^ unit)
    b = finalize((b + a) ^ unit)
  }
  a = finalize(a ^ seed.getUint32(8))
  b = finalize(b ^ seed.getUint32(12) ^ a)
  return (((a >>> 5) * 0x4000000 + (b >>> 6)) / 0x20000000000000) * 100
}

function finalize(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The crash ID of a report: UUID version 8 (RFC 9562), digit, and `now`'s UTC date. */
export function makeCrashId(identity: ReportIdentity, options: { digit: CrashIdDigit; now: Date }): CrashId {
  const bytes = identity.material.slice(0, 13)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  let hex = ''
  for (const byte of bytes) hex += hexOf[byte]
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 25)]
  const date = options.now.toISOString().slice(2, 10).replaceAll('-', '')
  return `${groups.join('-')}${options.digit}${date}` as CrashId
}
