// The crashes that made ones are shaped after: planted stacks, and those of the samples that were really processed.
import { createHash } from 'node:crypto'
import type { PartialCrash, ProcessedCrash } from '../../../shared/crash.ts'
import { publicView } from '../../../shared/fields/public-view.ts'
import { simulatedVendor } from '../../../shared/fields/simulated.ts'
import { processedKey } from '../../../shared/keys.ts'
import { crashDataFrom } from '../../../shared/signature/crash-data.ts'
import { generateSignature } from '../../../shared/signature/signature.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import type { Database } from '../../lake/duckdb.ts'
import { rowsOf } from '../../lake/duckdb.ts'
import { decodeProcessedCrash } from '../../processing/processed-crash.ts'
import { openSignatureConfigs } from '../../processing/signature-config.ts'
import { sampleProducts } from '../../products/product-source.ts'
import { makeDump, systems } from './made-stack.ts'
import type { MadeApp, MadePlatform, MadeSignature } from './scenario.ts'

/** What the crashes of one signature have in common: public fields with the stack. */
export type Shape = PartialCrash & { signature: string }

/** A processed sample, and how many there are of its kind. */
export interface SampleShape {
  shape: Shape
  count: number
}

/** Makes the shapes of planted signatures, each once. */
export function createPlanter(): (app: MadeApp, signature: MadeSignature, where: Where) => Shape {
  const configs = openSignatureConfigs()
  const products = sampleProducts()
  const made = new Map<string, Shape>()
  return (app, signature, where) => {
    const key = JSON.stringify([app.product, signature.frames[0], where])
    const known = made.get(key)
    if (known) return known
    const config = configs[products.get(app.product)?.preset ?? 'default']
    const json_dump = makeDump({ app, signature, ...where })
    const {
      signature: text,
      steps,
      extra,
    } = generateSignature(crashDataFrom({ json_dump }), {
      ...config,
      explain: true,
    })
    const shape: Shape = {
      ...fieldsOf(signature, where),
      address: json_dump.crash_info?.address ?? null,
      json_dump,
      signature: text,
      signature_steps: steps,
      signature_version: config.version,
      proto_signature: extra.proto_signature ?? text,
      stack_key: createHash('md5').update(signature.frames.join()).digest('hex').slice(0, 16),
    }
    made.set(key, shape)
    return shape
  }
}

export interface Where {
  platform: MadePlatform
  version: string
}

function fieldsOf({ reason = 'read', processType = 'parent', isHang }: MadeSignature, { platform }: Where) {
  const system = systems[platform]
  return {
    os_name: system.os,
    cpu_arch: system.cpu,
    cpu_count: 8,
    reason: system.reasons[reason],
    crashing_thread: 0,
    thread_count: 1,
    process_type: processType,
    report_type: isHang ? 'hang' : 'crash',
    success: true,
    mdsw_status_string: 'OK',
  } satisfies PartialCrash
}

/** Frames and modules of a made report, so that thousands of them stay small. */
const mostFrames = 40
const mostModules = 12

/** The samples of each product that were processed, one shape per signature. */
export async function readSamples(
  crashes: Storage,
  database: Database,
): Promise<ReadonlyMap<string, readonly SampleShape[]>> {
  const rows = await rowsOf<{ product: string; crash_id: string; count: number }>(
    database.connection,
    `SELECT product, min(crash_id) AS crash_id, count(*)::DOUBLE AS count FROM crashes
     WHERE vendor IS DISTINCT FROM $vendor AND signature NOT LIKE 'EMPTY%'
     GROUP BY product, signature ORDER BY product, signature`,
    { vendor: simulatedVendor },
  )
  const samples = new Map<string, SampleShape[]>()
  for (const { product, crash_id, count } of rows) {
    const object = await crashes.get(processedKey(crash_id))
    if (!object) continue
    const shape = shapeOf(decodeProcessedCrash(await object.bytes()))
    samples.set(product, [...(samples.get(product) ?? []), { shape, count }])
  }
  return samples
}

/** The public part without what belongs to one report, and with the crashing thread alone. */
function shapeOf(crash: ProcessedCrash): Shape {
  const {
    collector_metadata: _received,
    crash_report_keys: _keys,
    minidump_sha256_hash: _hash,
    duplicate_of: _duplicate,
    last_crash: _last,
    ...kept
  } = publicView(crash)
  const { json_dump: dump } = kept
  const thread = dump?.threads?.[crash.crashing_thread ?? 0]
  if (!dump || !thread) return { ...kept, signature: crash.signature }
  const frames = (thread.frames ?? []).slice(0, mostFrames)
  const used = new Set(frames.map(({ module }) => module))
  const ordered = (dump.modules ?? []).toSorted(
    (a, b) => Number(used.has(b.filename)) - Number(used.has(a.filename)),
  )
  const { crashing_thread: _copy, ...rest } = dump
  const json_dump = {
    ...rest,
    crash_info: { ...rest.crash_info, crashing_thread: 0 },
    modules: ordered.slice(0, Math.max(mostModules, used.size)),
    thread_count: 1,
    threads: [{ ...thread, frames, frame_count: frames.length }],
  }
  return { ...kept, json_dump, crashing_thread: 0, thread_count: 1, signature: crash.signature }
}
