// The current policy: throttle rules and limits.
import { CrashError } from '../../shared/errors.ts'
import { policyKey } from '../../shared/keys.ts'
import type { SubmissionLimits } from '../../shared/report/refusals.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { submissionLimits } from '../../shared/throttle/limits.ts'
import { type Policy, parsePolicy } from '../../shared/throttle/policy.ts'
import { presets } from '../../shared/throttle/presets.ts'
import { describeError, type Log } from '../lib/log.ts'
import { within } from '../lib/timeout.ts'

export interface PolicySource {
  current(): Promise<Policy>
}

export interface PolicyTools {
  /** Where operators store a policy. */
  storage: Storage
  log: Log
  /** Milliseconds, monotonic. */
  clock(): number
}

const lookEveryMs = 60_000
const lookTimeoutMs = 2000
const maxDocumentBytes = 1024 * 1024

/**
 * The policy in the bucket, checked once a minute; without one, the policy in the settings. When it is invalid or
 * unavailable, the last valid one stays in use.
 * @throws CrashError 'bad-policy' when the policy in the settings is invalid
 */
export function createPolicySource(fromSettings: string, tools: PolicyTools): PolicySource {
  const fallback = readPolicy(fromSettings)
  let policy: Policy | null = null
  let etag: string | null = null
  let looked = Number.NEGATIVE_INFINITY
  const look = async () => {
    const object = await tools.storage.get(policyKey)
    const found = object?.etag ?? null
    if (policy && found === etag) {
      await object?.body.cancel()
      return
    }
    if (object && object.size > maxDocumentBytes) {
      await object.body.cancel()
      throw new CrashError('bad-policy', `${policyKey} is too large`)
    }
    const next = object ? parsePolicy(JSON.parse(new TextDecoder().decode(await object.bytes()))) : fallback
    etag = found
    policy = next
    tools.log('info', 'policy', { name: next.name, from: object ? policyKey : 'settings' })
  }
  return {
    async current() {
      const now = tools.clock()
      if (policy && now - looked < lookEveryMs) return policy
      // Set before reading: one request per minute waits for the store, the others use the known policy.
      looked = now
      try {
        await within(look(), lookTimeoutMs)
      } catch (error) {
        policy ??= fallback
        tools.log('error', 'policy_not_read', { in_force: policy.name, error: describeError(error) })
      }
      return policy ?? fallback
    },
  }
}

function readPolicy(text: string): Policy {
  if (Object.hasOwn(presets, text)) return presets[text as keyof typeof presets]
  if (!text.trimStart().startsWith('{')) {
    const known = Object.keys(presets).join(', ')
    throw new CrashError('bad-policy', `MAYDAY_POLICY is ${JSON.stringify(text)}; presets are ${known}`)
  }
  try {
    return parsePolicy(JSON.parse(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new CrashError('bad-policy', `MAYDAY_POLICY is not JSON: ${error.message}`, { cause: error })
  }
}

/** The limits of a submission under a policy. */
export const limitsOf = ({ limits }: Policy): SubmissionLimits => submissionLimits(limits)
