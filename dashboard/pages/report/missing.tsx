// The page of a crash ID without a processed crash: pending, expired, or unknown.
import { useEffect, useState } from 'preact/hooks'
import { dateAt, dayMs, startOfDate } from '../../../shared/time/dates.ts'
import { pendingReport } from '../../../shared/report/report-answers.ts'
import type { IsoDate, Millis } from '../../../shared/units.ts'
import { useNow } from '../../parts/freshness.tsx'
import { formatDate, plural } from '../../model/format.ts'
import { Empty } from '../../parts/page.tsx'
import { isStatic } from '../../site.ts'

interface MissingProps {
  crashId: string
  /** The description of the server; undefined: none. */
  reason: string | undefined
  retry: () => void
  /** Requests the report again and keeps what is shown until the answer. */
  refresh: () => void
}

export function MissingReport(props: MissingProps) {
  if (isStatic) return <NotInSite />
  return props.reason === pendingReport ? <Pending {...props} /> : <Unknown {...props} />
}

const NotInSite = () => (
  <Empty title="This report is not in this site">
    <p>
      The site consists of files, with the reports that its pages list. A report that is not listed needs a
      server: the edge or <code>mayday serve</code>.
    </p>
  </Empty>
)

const firstPause: Millis = 5000
const longestPause: Millis = 60_000

/** Looks again by itself, at growing intervals, while the page is visible. */
function Pending({ refresh }: MissingProps) {
  const [pause, setPause] = useState(firstPause)
  useEffect(() => {
    const timer = setTimeout(() => {
      if (document.visibilityState === 'visible') refresh()
      setPause(Math.min(longestPause, pause * 1.5))
    }, pause)
    return () => clearTimeout(timer)
  })
  return (
    <Empty title="This report is not processed yet">
      <p>
        It is stored, and the next run of <code>mayday process</code> will process it. This page then shows it
        without a reload.
      </p>
      <button type="button" class="button" onClick={refresh}>
        Check now
      </button>
    </Empty>
  )
}

/** A crash ID ends in the day of its report. */
const dateOf = (crashId: string): IsoDate =>
  `20${crashId.slice(30, 32)}-${crashId.slice(32, 34)}-${crashId.slice(34)}`

function Unknown({ crashId, retry }: MissingProps) {
  const date = dateOf(crashId)
  const days = Math.floor((startOfDate(dateAt(useNow())) - startOfDate(date)) / dayMs)
  const day = formatDate(date)
  return (
    <Empty title={titleOf(days)}>
      {days < 0 ? (
        <p>Its crash ID ends in {day}, which is still to come: no server has given it to a report.</p>
      ) : days < 2 ? (
        <p>
          Its crash ID ends in {day}. Either it was never received here, or it was refused: refused reports
          are only counted. A report that was just sent appears here within a minute.
        </p>
      ) : (
        <p>
          Its crash ID ends in {day}, {plural(days, 'day')} ago. Either it has expired, because each product
          keeps reports for a limited time; or it was deleted on request, refused, or never received here.
        </p>
      )}
      <button type="button" class="button" onClick={retry}>
        Check again
      </button>
    </Empty>
  )
}

const titleOf = (days: number) =>
  days < 0
    ? 'There is no such report'
    : days < 2
      ? 'No report with this crash ID was received'
      : 'This report has expired, or was never received'
