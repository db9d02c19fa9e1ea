// What a vector is: a case of the collector that runs on any edge, with what most of them do.
import { deepStrictEqual as equal, match } from 'node:assert/strict'
import type { StoredReport } from '../../shared/crash.ts'
import { refusals } from '../../shared/report/refusals.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { type SubmitOptions, submitRequest } from '../support/crash-request.ts'

export const vectorToken = 'submit-token-0123456789'

/** The settings of an edge under test; by default every report is accepted and `vectorToken` may choose ids. */
export interface EdgeSettings {
  MAYDAY_POLICY?: 'mozilla'
  SUBMIT_TOKEN?: ''
}

/** An edge and the store behind it. */
export interface EdgeUnderTest {
  ask(request: Request): Promise<{ status: number; text: string; headers: Headers }>
  /** Bucket `crashes`. */
  crashes: Storage
  report(crashId: string): Promise<StoredReport>
}

/** Gives an edge over a store without reports. */
export type Open = (settings?: EdgeSettings) => Promise<EdgeUnderTest>

export interface Vector {
  name: string
  run(open: Open): Promise<void>
}

/** Submits, expects an id, and reads what is stored under it. */
export async function accept(edge: EdgeUnderTest, body: Uint8Array, options?: SubmitOptions) {
  const { status, text, headers } = await edge.ask(submitRequest(body, options))
  equal([status, headers.get('content-type')], [200, 'text/plain'])
  match(text, /^CrashID=bp-[0-9a-f-]{29}0\d{6}\n$/)
  const id = text.trim().slice('CrashID=bp-'.length)
  return { id, ...(await edge.report(id)) }
}

/** Status and text of a refusal. */
export const answer = (reason: keyof typeof refusals) =>
  [refusals[reason].status, `Discarded=malformed_${reason}`] as const

export const vector = (name: string, run: Vector['run']): Vector => ({ name, run })

/** A submission that must be refused so. `make` is called late, because bodies may be large. */
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
