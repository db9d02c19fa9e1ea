// The policy in force: which reports are kept, and how large they may be.
import { CrashError } from '../shared/errors.ts'
import { defaultLimits, type SubmissionLimits } from '../shared/report/refusals.ts'
import { type Policy, parsePolicy } from '../shared/throttle/policy.ts'
import { presets } from '../shared/throttle/presets.ts'

export interface PolicySource {
  current(): Promise<Policy>
}

/**
 * A policy that does not change: the name of a preset, or a document as JSON.
 * @throws CrashError 'bad-policy'
 */
export function fixedPolicy(text: string): PolicySource {
  const policy = readPolicy(text)
  return { current: async () => policy }
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
    throw new CrashError('bad-policy', `MAYDAY_POLICY is no JSON: ${error.message}`, { cause: error })
  }
}

/** The limits of a submission under a policy. */
export function limitsOf({ limits }: Policy): SubmissionLimits {
  return {
    ...defaultLimits,
    maxBodyBytes: limits.bodyBytes,
    maxInflatedBytes: limits.inflatedBytes,
    maxFieldBytes: limits.annotationBytes,
    maxParts: limits.parts,
  }
}
