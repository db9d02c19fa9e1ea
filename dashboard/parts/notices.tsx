// What readers must know before they trust the numbers of a page.
import { simulatedVendor } from '../../shared/fields/simulated.ts'
import { plural } from '../model/format.ts'
import type { Home } from '../model/freshness.ts'
import { searchPageHref } from '../route.ts'
import { LateNotice } from './freshness.tsx'

/** Empty while the data are fresh and real. */
export function Notices({ home }: { home: Home }) {
  return (
    <>
      <LateNotice home={home} />
      <MadeUpNotice home={home} />
    </>
  )
}

function MadeUpNotice({ home: { simulated, dates } }: { home: Home }) {
  if (!simulated) return null
  const query = new URLSearchParams({ vendor: `=${simulatedVendor}`, date: `>=${dates[0]}` })
  return (
    <p class="made-up">
      <strong>Sample data.</strong> <a href={searchPageHref(query)}>{plural(simulated, 'report')}</a> of these
      days are made up: no program sent them.
    </p>
  )
}

/** At the head of a report. */
export const MadeUpReport = () => (
  <p class="made-up">
    <strong>Sample data.</strong> This report is made up: no program sent it, so there is no dump.
  </p>
)
