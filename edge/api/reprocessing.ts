// Reprocessing: stores a request that the next round of batch carries out.
import { reprocessingKey } from '../../shared/keys.ts'
import { ApiProblem, badParameter } from '../../shared/api/problems.ts'
import {
  encodeReprocessing,
  isStorable,
  maxCrashesPerRequest,
  type ReprocessingRequest,
  rulesets,
} from '../../shared/api/reprocessing.ts'
import { retry } from '../../shared/retry.ts'
import { socorroDenial } from '../access/denial.ts'
import { denied } from '../access/access.ts'
import type { StoreCall } from './store-call.ts'

type Wanted = ReprocessingRequest['crashes'][number]

/** @throws ApiProblem when an ID or a ruleset is not valid */
function wantedOf(text: string): Wanted {
  const [id, ...rest] = text.split(':')
  const name = rest.length > 0 ? rest.join(':') : 'default'
  const ruleset = rulesets.find((one) => one === name)
  if (!isStorable(id!)) throw badParameter(`Crash id ${quoted(id!)} is not valid.`)
  if (!ruleset) throw badParameter(`Ruleset ${quoted(name)} is not valid.`)
  return { crash_id: id!, ruleset }
}

const quoted = (text: string) => `'${text.slice(0, 100)}'`

/** The whole request is stored, or nothing. @throws ApiProblem, Overloaded */
export async function requestReprocessing({ args, holder, deps }: StoreCall<'Reprocessing'>): Promise<true> {
  const permission = 'reprocess_crashes'
  if (!holder) throw denied('anonymous', deps, { permission, style: socorroDenial })
  // Which products the crashes have is not known here.
  if (holder.products !== null) throw denied('product', deps, { permission, style: socorroDenial })
  if (args.crash_ids.length > maxCrashesPerRequest)
    throw new ApiProblem(413, { error: `Request at most ${maxCrashesPerRequest} crashes at a time` })
  const crashes = args.crash_ids.map(wantedOf)
  for (const { crash_id, ruleset } of crashes)
    deps.audit.record(holder, { action: 'reprocess_crashes', subject: crash_id, detail: ruleset })
  const now = deps.now()
  const request = { version: 1, requested_at: now.toISOString(), label: holder.label, crashes } as const
  const key = reprocessingKey(now, crypto.randomUUID())
  const write = () =>
    deps.stores.crashes.put(key, encodeReprocessing(request), { contentType: 'application/json' })
  await retry(write, { attempts: 3, sleep: deps.sleep })
  return true
}
