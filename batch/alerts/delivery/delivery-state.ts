// How far a destination got: a document in the bucket `crashes`.
import * as z from 'zod/mini'
import { check, exactObject } from '../../../shared/json/schema.ts'
import { alertDestinationKey } from '../../../shared/keys.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { dayMs } from '../../../shared/time/dates.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'

const time = z.string()

const stateDocument = exactObject({
  version: z.literal(1),
  /** Alerts up to this time were sent, or are too old. */
  sent_to: time,
  /** A message that is being sent: up to which alert, and since when. */
  sending: z.nullable(exactObject({ to: time, at: time })),
  last_sent_at: z.nullable(time),
  /** Failed attempts since the last message. */
  failures: z.int(),
  last_error: z.nullable(z.string()),
  /** No attempt before. */
  not_before: z.nullable(time),
})
export type DeliveryState = z.output<typeof stateDocument>

export interface StoredState {
  state: DeliveryState
  /** Null: it is not stored yet. */
  etag: string | null
}

/** The state of a destination; a new one receives the alerts of the last day. One that cannot be read counts as new. */
export async function readDeliveryState(crashes: Storage, name: string, now: Date): Promise<StoredState> {
  const object = await crashes.get(alertDestinationKey(name))
  const parsed = object && parse(await object.bytes())
  return { state: parsed ?? newState(now), etag: object?.etag ?? null }
}

const newState = (now: Date): DeliveryState => ({
  ...{ version: 1, sent_to: isoTime(new Date(now.getTime() - dayMs)), sending: null, last_sent_at: null },
  ...{ failures: 0, last_error: null, not_before: null },
})

function parse(bytes: Uint8Array): DeliveryState | null {
  try {
    return check(stateDocument, JSON.parse(new TextDecoder().decode(bytes))).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Replaces the state on condition; the new one, or null when another run changed it. */
export async function writeDeliveryState(
  crashes: Storage,
  name: string,
  { state, etag }: StoredState,
): Promise<StoredState | null> {
  const bytes = new TextEncoder().encode(JSON.stringify(state))
  const condition = etag === null ? ({ ifNoneMatch: '*' } as const) : { ifMatch: etag }
  const options = { contentType: 'application/json', ...condition }
  const info = await crashes.put(alertDestinationKey(name), bytes, options)
  return info && { state, etag: info.etag }
}
