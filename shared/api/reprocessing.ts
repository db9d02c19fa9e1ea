// Requests to process crashes again: written by the endpoint Reprocessing, carried out by the next round.
import * as z from 'zod/mini'
import { isCrashId } from '../crash-id.ts'
import { CrashError } from '../errors.ts'
import { exactObject, readDocument } from '../json/schema.ts'
import { dateOfCrashId } from '../keys.ts'
import { isDate } from '../time/dates.ts'

/** The rulesets that a request may name: all rules, or only those of signatures. */
export const rulesets = ['default', 'regenerate_signature'] as const
export type RulesetName = (typeof rulesets)[number]

/** More are refused: a request is one object. */
export const maxCrashesPerRequest = 10_000

/** Whether a text is the ID of a crash that may be stored: it ends in a day. */
export const isStorable = (text: string): boolean =>
  isCrashId(text, { anyDigit: true }) && isDate(dateOfCrashId(text))

const crashId = z.string().check(z.refine(isStorable, 'must be a crash ID'))

const reprocessingRequest = exactObject({
  version: z.literal(1),
  requested_at: z.iso.datetime(),
  /** The label of the token. */
  label: z.string(),
  crashes: z
    .array(exactObject({ crash_id: crashId, ruleset: z.enum(rulesets) }))
    .check(z.maxLength(maxCrashesPerRequest)),
})
export type ReprocessingRequest = z.output<typeof reprocessingRequest>

export const encodeReprocessing = (request: ReprocessingRequest): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(request))

/** @throws CrashError 'bad-json' */
export function decodeReprocessing(bytes: Uint8Array): ReprocessingRequest {
  const prefix = 'A request to reprocess: '
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new CrashError('bad-json', `${prefix}not JSON`, { cause })
  }
  return readDocument(reprocessingRequest, json, { code: 'bad-json', prefix })
}
