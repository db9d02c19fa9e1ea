// How old the data of a page are; a warning where they are late.
import { useEffect, useState } from 'preact/hooks'
import { ageText, freshnessOf, type Home } from '../model/freshness.ts'
import { Time } from './time.tsx'

/** The time of the reader, renewed every minute. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 60_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** `checked 5 minutes ago`, with the time on hover. */
export function Age({ home }: { home: Home }) {
  const { age } = freshnessOf(home, useNow())
  return (
    <span>
      checked <Time at={home.checked_at} text={`${ageText(age)} ago`} />
    </span>
  )
}

/** Empty while the data are fresh. */
export function LateNotice({ home }: { home: Home }) {
  const { age, isLate } = freshnessOf(home, useNow())
  if (!isLate) return null
  return (
    <p class="late" role="status">
      <strong>These data are {ageText(age)} old.</strong> They were last checked on{' '}
      <Time at={home.checked_at} />: newer crashes are missing. See whether <code>mayday run</code> still
      runs.
    </p>
  )
}
