// Stored reports for tests of batch: real or synthetic dumps, encoded, with crash IDs derived from their content.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { identifyReport, makeCrashId } from '../../shared/crash-id.ts'
import type { Dump, FileOrigin, RawCrash, ThrottleRecord } from '../../shared/crash.ts'
import { rawKey } from '../../shared/keys.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { DumpEncoder } from '../../shared/report/body/encoded-dump.ts'
import { makeRawCrash } from '../../shared/report/raw-crash.ts'
import { encodeStoredReport, storedMetadata } from '../../shared/report/stored.ts'
import type { Storage } from '../../shared/storage/storage.ts'

const fixtures = join(import.meta.dirname, '../fixtures/dumps')

/** A dump of test/fixtures, unpacked. */
export const fixtureDump = (name: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(join(fixtures, `${name}.dmp.gz`))))

export interface ReportInput {
  annotations: Record<string, unknown>
  dumps?: readonly (Dump & { origin?: FileOrigin })[]
  /** When it was submitted. */
  now?: Date
  throttle?: ThrottleRecord
  /** The crash ID; omitted: derived from the content. */
  crashId?: string
}

export interface MadeReport {
  crashId: string
  rawCrash: RawCrash
  bytes: Uint8Array[]
}

/** A report in its stored form. */
export async function makeReport(input: ReportInput): Promise<MadeReport> {
  const { annotations, dumps = [], now = new Date('2026-10-21T12:00:00.123Z') } = input
  const throttle = input.throttle ?? { rule: 'accept_everything', percent: 100, weight: 1 }
  const encoded = dumps.map(({ name, bytes, origin }) => {
    const encoder = new DumpEncoder(name, nodeCodecs, origin)
    encoder.append(bytes)
    return encoder.finish()
  })
  const identity = identifyReport({
    dumps: encoded,
    annotations,
    key: 'test',
    hmac: nodeCodecs.hmacSha256,
  })
  const crashId = input.crashId ?? makeCrashId(identity, { digit: 0, now })
  const content = { annotations, dumps: encoded, notes: [], payload: 'multipart' as const }
  const rawCrash = makeRawCrash(content, {
    crashId,
    receivedAt: now,
    throttle,
    wireBytes: 1000,
    compressed: false,
    userAgent: 'test',
  })
  return { crashId, rawCrash, bytes: encodeStoredReport(rawCrash, encoded, nodeCodecs) }
}

/** Makes a report and stores it like the edge; returns its crash ID. */
export async function storeReport(crashes: Storage, input: ReportInput): Promise<string> {
  const { crashId, bytes } = await makeReport(input)
  const { ProductName = '', Version = '', ReleaseChannel = '' } = input.annotations as Record<string, string>
  const metadata = storedMetadata({
    product: ProductName,
    version: Version,
    channel: ReleaseChannel,
    dumpBytes: (input.dumps ?? []).reduce((sum, dump) => sum + dump.bytes.length, 0),
    dumpCount: input.dumps?.length ?? 0,
  })
  await crashes.put(rawKey(crashId), bytes, { metadata })
  return crashId
}
