// Maps events of Sentry clients to annotations, in one table.
// Events: https://develop.sentry.dev/sdk/foundations/transport/event-payloads/
import type { AnnotationName } from '../fields/fields.ts'
import { own } from '../own.ts'
import { at, type JsonObject, objectOf, textAt } from './json.ts'

/** The data of one submission besides its files. */
export interface SentryReport {
  event: JsonObject
  /** Breadcrumbs sent separately from the event; without them, those of the event are used. */
  breadcrumbs: readonly unknown[]
  /** The user's text: a `user_report`, or the context `feedback` of a feedback event. */
  feedback: JsonObject
}

interface Row {
  annotation: AnnotationName
  from(report: SentryReport): string | null
}

/** Every annotation and its source. Data without its own row is in `SentryEvent`. */
const rows: readonly Row[] = [
  { annotation: 'ProductName', from: ({ event }) => releaseOf(event).product ?? app(event, 'app_name') },
  { annotation: 'Version', from: ({ event }) => releaseOf(event).version ?? app(event, 'app_version') },
  {
    annotation: 'BuildID',
    from: ({ event }) => releaseOf(event).build ?? textAt(event, 'dist') ?? app(event, 'app_build'),
  },
  { annotation: 'ReleaseChannel', from: ({ event }) => textAt(event, 'environment') },
  { annotation: 'ProcessType', from: ({ event }) => processTypeOf(event) },
  { annotation: 'CrashTime', from: ({ event }) => secondsOf(at(event, 'timestamp')) },
  {
    annotation: 'StartupTime',
    from: ({ event }) => secondsOf(at(event, 'contexts', 'app', 'app_start_time')),
  },
  { annotation: 'useragent_locale', from: ({ event }) => textAt(event, 'contexts', 'culture', 'locale') },
  { annotation: 'Breadcrumbs', from: breadcrumbsOf },
  {
    annotation: 'Comments',
    from: ({ feedback }) => textAt(feedback, 'comments') ?? textAt(feedback, 'message'),
  },
  {
    annotation: 'Email',
    from: ({ event, feedback }) =>
      textAt(feedback, 'email') ?? textAt(feedback, 'contact_email') ?? textAt(event, 'user', 'email'),
  },
  { annotation: 'SentryEventID', from: ({ event }) => textAt(event, 'event_id') },
  { annotation: 'SentryUser', from: ({ event }) => jsonWithout(at(event, 'user'), ['email']) },
  {
    annotation: 'SentryFeedback',
    from: ({ feedback }) => jsonWithout(feedback, ['comments', 'message', 'email', 'contact_email']),
  },
  { annotation: 'SentryTags', from: ({ event }) => jsonWithout(tagsOf(event), []) },
  { annotation: 'SentryContexts', from: ({ event }) => jsonWithout(at(event, 'contexts'), []) },
  { annotation: 'SentryExtra', from: ({ event }) => jsonWithout(at(event, 'extra'), []) },
  {
    annotation: 'SentryEvent',
    from: ({ event }) => jsonWithout(event, ['user', 'tags', 'contexts', 'extra', 'breadcrumbs']),
  },
]

/** The annotations of a submission, in the order of the table; absent ones are omitted. */
export function annotationsFrom(report: SentryReport): [AnnotationName, string][] {
  return rows.flatMap(({ annotation, from }): [AnnotationName, string][] => {
    const value = from(report)
    return value === null || value === '' ? [] : [[annotation, value]]
  })
}

const app = (event: JsonObject, key: string) => textAt(event, 'contexts', 'app', key)

/** `package@version+build`, each part optional: https://docs.sentry.io/product/releases/naming-releases/ */
function releaseOf(event: JsonObject): Record<'product' | 'version' | 'build', string | null> {
  const release = textAt(event, 'release') ?? ''
  const sign = release.lastIndexOf('@')
  const [version, ...build] = release.slice(sign + 1).split('+')
  return {
    product: release.slice(0, Math.max(sign, 0)) || null,
    version: version || null,
    build: build.join('+') || null,
  }
}

/** Electron's process types; batch maps `browser` to the parent. */
function processTypeOf(event: JsonObject): string | null {
  const type =
    textAt(event, 'tags', 'event.process') ?? textAt(event, 'contexts', 'electron', 'crashpad.process_type')
  return type === 'unknown' ? null : type
}

/** Seconds since 1970, rounded down, from a number of seconds or an ISO time. */
function secondsOf(time: unknown): string | null {
  const seconds = secondsSince1970(time)
  return Number.isFinite(seconds) ? `${Math.floor(seconds)}` : null
}

function secondsSince1970(time: unknown): number {
  if (typeof time === 'number') return time
  if (typeof time !== 'string') return Number.NaN
  return /^\d+(?:\.\d+)?$/.test(time) ? Number(time) : Date.parse(time) / 1000
}

/** Tags are an object, or a list of pairs. */
function tagsOf(event: JsonObject): JsonObject | null {
  const tags = at(event, 'tags')
  if (!Array.isArray(tags)) return objectOf(tags)
  const pairs = tags.filter((pair) => Array.isArray(pair) && typeof pair[0] === 'string')
  return Object.fromEntries(pairs.map(([key, value]) => [key, value]))
}

/** As JSON, without these keys; null for values that are not objects and for empty ones. */
function jsonWithout(value: unknown, keys: readonly string[]): string | null {
  const object = objectOf(value)
  if (!object) return null
  const left = keys.some((key) => Object.hasOwn(object, key)) ? { ...object } : object
  for (const key of keys) if (left !== object) Reflect.deleteProperty(left, key)
  const json = JSON.stringify(left)
  return json === '{}' ? null : json
}

/** The keys of a breadcrumb that consumers expect to be text. */
const crumbTexts: readonly string[] = ['timestamp', 'category', 'type', 'level', 'message']

/** A JSON list, oldest first. */
function breadcrumbsOf({ event, breadcrumbs }: SentryReport): string | null {
  const inside = at(event, 'breadcrumbs')
  const all = breadcrumbs.length > 0 ? breadcrumbs : Array.isArray(inside) ? inside : at(inside, 'values')
  if (!Array.isArray(all)) return null
  const crumbs = all.map(objectOf).filter((crumb) => crumb !== null)
  return crumbs.length > 0 ? JSON.stringify(crumbs.map(withTexts)) : null
}

function withTexts(crumb: JsonObject): JsonObject {
  if (crumbTexts.every((key) => !Object.hasOwn(crumb, key) || typeof own(crumb, key) === 'string'))
    return crumb
  const entries = Object.entries(crumb).filter(([, value]) => value !== null)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, crumbTexts.includes(key) ? crumbText(key, value) : value]),
  )
}

function crumbText(key: string, value: unknown): string {
  if (typeof value === 'string') return value
  const isTime = key === 'timestamp' && typeof value === 'number' && Math.abs(value) < 8.64e12
  return isTime ? new Date(value * 1000).toISOString() : JSON.stringify(value)
}

/**
 * Breadcrumbs of the two files between which the Crashpad back end of sentry-native alternates: the later file last,
 * and together at most as many as one file holds.
 */
export function joinBreadcrumbFiles(one: readonly unknown[], two: readonly unknown[]): readonly unknown[] {
  const last = (crumbs: readonly unknown[]) => secondsSince1970(at(crumbs.at(-1), 'timestamp')) || 0
  const joined = last(one) > last(two) ? [...two, ...one] : [...one, ...two]
  return joined.slice(-Math.max(one.length, two.length, 1))
}

/** An event id in Sentry's form, 32 hex digits in lower case, from any notation of a UUID; null for other text. */
export function eventIdOf(text: string | null): string | null {
  const hex = text?.replaceAll('-', '').toLowerCase() ?? ''
  return /^[0-9a-f]{32}$/.test(hex) ? hex : null
}
