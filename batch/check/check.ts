// All checks of a deployment, in order. A step that fails as a whole is one finding.
import { isCrashError } from '../../shared/errors.ts'
import { expectedFailure } from '../lake/files/damage.ts'
import { checkAccess } from './access.ts'
import { checkCertificate } from './certificate.ts'
import type { CheckContext, Step } from './context.ts'
import { eraseTestCrash } from './erase.ts'
import { failed, type Finding } from './findings.ts'
import { checkFreshness } from './freshness.ts'
import { checkHeaders } from './headers.ts'
import { checkProtected } from './protected.ts'
import { checkService } from './service.ts'
import { checkStore } from './store.ts'
import { checkSubmission } from './submission.ts'
import { checkSymbols } from './symbols.ts'
import { followTestCrash, sendTestCrash } from './test-crash.ts'

export const groupNames = [
  'service',
  'submission',
  'symbols',
  'crash',
  'access',
  'store',
  'freshness',
] as const
export type GroupName = (typeof groupNames)[number]

/** The test crash is sent early, so that it is processed while other checks run. */
const steps: readonly (readonly [GroupName, Step])[] = [
  ['service', checkService],
  ['service', checkHeaders],
  ['service', checkCertificate],
  ['submission', checkSubmission],
  ['symbols', checkSymbols],
  ['crash', sendTestCrash],
  ['access', checkAccess],
  ['store', checkStore],
  ['crash', followTestCrash],
  ['crash', checkProtected],
  ['freshness', checkFreshness],
]

/**
 * Runs the checks of some groups until the context ends, then erases what they stored.
 * @param only default: all
 */
export async function* checkDeployment(
  context: CheckContext,
  only: readonly GroupName[] = groupNames,
): AsyncIterable<Finding> {
  const bugs: unknown[] = []
  for (const [group, step] of steps)
    if (only.includes(group) && !context.end.aborted && bugs.length === 0)
      yield* guarded(group, step, { context, bugs })
  yield* guarded('erasing', eraseTestCrash, { context, bugs })
  if (bugs.length > 0) throw bugs[0]
}

/** Bugs are kept, so that what was stored is erased before they surface. */
async function* guarded(
  name: string,
  step: Step,
  { context, bugs }: { context: CheckContext; bugs: unknown[] },
): AsyncIterable<Finding> {
  try {
    yield* step(context)
  } catch (error) {
    const failure = isCrashError(error) ? error : expectedFailure(error, context.store?.cacheDir ?? '')
    if (failure)
      yield failed(name, { text: failure.message, cure: 'the other checks of this group did not run' })
    else bugs.push(error)
  }
}
