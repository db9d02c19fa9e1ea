// Events in the form fields of minidump uploads: `sentry`, `sentry__1` …, `sentry___scope` and `sentry[a][b]`.
// https://docs.sentry.io/platforms/native/guides/minidumps/ and
// https://github.com/getsentry/sentry-electron/blob/master/src/main/integrations/electron-minidump.ts
import { joinSplitAnnotations } from '../report/body/split-annotations.ts'
import { decodeJson, maxDecodedBytes } from './decode.ts'
import { type JsonObject, MergedObject, objectOf } from './json.ts'

/** More deeply nested names are left unchanged. */
const maxNesting = 7
const jsonField = /^sentry(?:___.+)?$/
const nestedField = /^sentry((?:\[[^[\]]*\])+)$/

export interface FormEvent {
  /** The merged fields; later ones win. */
  event: JsonObject
  /** The annotations without those fields. */
  annotations: Map<string, unknown>
  /** Names of fields without a readable event; they stay among the annotations. */
  unread: string[]
}

/**
 * Extracts the event from the form fields of an upload. Where several contain the same value, `sentry` and its pieces
 * take precedence over `sentry[…]`, and those over `sentry___…`.
 */
export function takeFormEvent(received: ReadonlyMap<string, unknown>): FormEvent {
  const annotations = new Map<string, unknown>()
  const nested: [path: string[], value: unknown][] = []
  const event = new MergedObject()
  const unread: string[] = []
  let whole: JsonObject = {}
  // The event may have been sent in pieces that were split again; those were joined when the report was read.
  for (const [name, value] of joinSplitAnnotations(received).annotations) {
    const path = nestedField.exec(name)?.[1]?.slice(1, -1).split('][')
    const part = jsonField.test(name) ? readEvent(value) : null
    if (path && path.length <= maxNesting) nested.push([path, value])
    else if (part && name === 'sentry') whole = part
    else if (part) event.add(part)
    else annotations.set(name, value)
    if (!part && jsonField.test(name)) unread.push(name)
  }
  for (const [path, value] of nested) event.set(path, value)
  event.add(whole)
  return { event: event.toObject(), annotations, unread }
}

function readEvent(value: unknown): JsonObject | null {
  if (typeof value !== 'string') return objectOf(value)
  return value.length > maxDecodedBytes ? null : objectOf(decodeJson(new TextEncoder().encode(value)))
}
