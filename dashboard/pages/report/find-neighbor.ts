// The report before or after another one of the same signature, beyond those that its page lists: one search.
import type { PartialCrash } from '../../../shared/crash.ts'
import { openLimits } from '../../../shared/search/parameters/options.ts'
import { parseQuery } from '../../../shared/search/parameters/parse.ts'
import type { Query } from '../../../shared/search/query.ts'
import { dayMs } from '../../../shared/time/dates.ts'
import type { Millis } from '../../../shared/units.ts'
import { neighborParameters, type Side } from '../../model/report/peers.ts'
import { SearchRun } from '../../searching.ts'

const timeLimit: Millis = 60_000

/**
 * The crash ID of the next report on a side; null: there is none within half a year.
 * @throws Error with the reason, for the reader
 */
export async function findNeighbor(crash: PartialCrash, side: Side): Promise<string | null> {
  const parameters = neighborParameters(crash, side)
  const now = (Date.now() + dayMs) * 1000
  const options = { now, protected: 'drop', unknown: 'drop', limits: openLimits } as const
  const parsed = parameters && parseQuery(parameters, options)
  if (!parsed || 'problems' in parsed) throw new Error('This report has no signature or no time.')
  return await firstHit({ ...parsed.query, facets: [] })
}

function firstHit(query: Query): Promise<string | null> {
  return new Promise((found, fail) => {
    const end = (finish: () => void) => {
      clearTimeout(timer)
      run.end()
      finish()
    }
    const run = new SearchRun(query, (state) => {
      // More than a page may read without asking.
      if (state.state === 'asking') run.ask('asked')
      if (state.state === 'failed') end(() => fail(new Error(state.message)))
      if (state.state !== 'done') return
      const id = state.answer.hits[0]?.uuid
      end(() => found(typeof id === 'string' ? id : null))
    })
    const timer = setTimeout(() => end(() => fail(new Error('The search took too long.'))), timeLimit)
    run.start()
  })
}
