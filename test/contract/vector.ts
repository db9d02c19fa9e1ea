// A test vector: a case that runs on any edge; and the steps that most vectors share.
import { deepStrictEqual as equal, match } from 'node:assert/strict'
import type { StoredReport } from '../../shared/crash.ts'
import { refusals } from '../../shared/report/refusals.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { type SubmitOptions, submitRequest } from '../support/crash-request.ts'

export const vectorToken = 'submit-token-0123456789'

/** Settings of an edge under test; by default every report is accepted and `vectorToken` may choose crash IDs. */
export interface EdgeSettings {
  MAYDAY_POLICY?: 'mozilla'
  SUBMIT_TOKEN?: ''
}

/** An edge and its store. */
export interface EdgeUnderTest {
  ask(request: Request): Promise<{ status: number; text: string; headers: Headers }>
  /** Bucket `crashes`. */
  crashes: Storage
  report(crashId: string): Promise<StoredReport>
}

/** Returns an edge with an empty store. */
export type Open = (settings?: EdgeSettings) => Promise<EdgeUnderTest>

export interface Vector {
  name: string
  run(open: Open): Promise<void>
}

/** Submits, expects a crash ID, and reads the stored report. */
export async function accept(edge: EdgeUnderTest, body: Uint8Array, options?: SubmitOptions) {
  const { status, text, headers } = await edge.ask(submitRequest(body, options))
  equal([status, headers.get('content-type')], [200, 'text/plain'])
  match(text, /^CrashID=bp-[0-9a-f-]{29}0\d{6}\n$/)
  const id = text.trim().slice('CrashID=bp-'.length)
  return { id, ...(await edge.report(id)) }
}

/** Status and text of the response to a malformed report. */
export const answer = (reason: keyof typeof refusals) =>
  [refusals[reason].status, `Discarded=malformed_${reason}`] as const

export const vector = (name: string, run: Vector['run']): Vector => ({ name, run })

/** A submission that must be refused for this reason. `make` is called late, because bodies may be large. */
export function refused(
  name: string,
  reason: keyof typeof refusals,
  make: () => Uint8Array | Promise<Uint8Array>,
  options?: SubmitOptions,
  settings?: EdgeSettings,
): Vector {
  return vector(`${name} is refused: ${reason}`, async (open) => {
    const { status, text } = await (await open(settings)).ask(submitRequest(await make(), options))
    equal([status, text], answer(reason))
  })
}
