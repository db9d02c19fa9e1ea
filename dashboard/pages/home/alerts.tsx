// The last alerts, each with the page that it leads to.
import { useEffect, useState } from 'preact/hooks'
import { type Alert, type AlertsAggregate, alertRuleNames } from '../../../shared/alerts/alert.ts'
import { alertParts, alertPath } from '../../../shared/alerts/alert-text.ts'
import { feedKey } from '../../../shared/keys.ts'
import type { Loaded } from '../../data.ts'
import { formatDay, plural } from '../../model/format.ts'
import { Section } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { inSite } from '../../site.ts'

/** Alerts listed at first. */
const most = 5

interface AlertsProps {
  alerts: Loaded<AlertsAggregate>
  /** Undefined: all products. */
  product: { name: string; slug: string } | undefined
  /** The first day that the page covers. */
  since: string
}

/** Empty without alerts on the days of the page. */
export function Alerts({ alerts, product, since }: AlertsProps) {
  const [all, setAll] = useState(false)
  const feed = inSite(`/${feedKey(product?.slug)}`)
  useFeedLink(feed, product?.name)
  if (alerts.state !== 'ready') return null
  const own = alerts.value.alerts.filter(
    (one) => one.at >= since && (!product || one.product === product.name),
  )
  if (own.length === 0) return null
  const shown = all ? own : own.slice(0, most)
  return (
    <Section id="alerts" title="Alerts" action={<a href={feed}>Atom feed</a>}>
      <ul class="alerts">
        {shown.map((alert) => (
          <AlertLine key={alert.id} alert={alert} showProduct={!product} />
        ))}
      </ul>
      {own.length > most && (
        <button type="button" class="link-button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show ${plural(own.length - most, 'more alert')}`}
        </button>
      )}
    </Section>
  )
}

function AlertLine({ alert, showProduct }: { alert: Alert; showProduct: boolean }) {
  return (
    <li>
      <span class="note">
        <Time at={alert.at} text={formatDay(alert.at)} />
      </span>{' '}
      <a href={inSite(alertPath(alert))}>{alertRuleNames[alert.rule]}</a>
      {showProduct && (
        <>
          {' '}
          in <bdi>{alert.product}</bdi>
        </>
      )}
      :{' '}
      {alertParts(alert).map((part, place) =>
        typeof part === 'string' ? (
          <bdi key={place}>{part}</bdi>
        ) : (
          <bdi key={place} class="code">
            {part.name}
          </bdi>
        ),
      )}
    </li>
  )
}

/** Feed readers find the feed of the shown product in the head; that of all products is always there. */
function useFeedLink(href: string, product: string | undefined): void {
  useEffect(() => {
    if (product === undefined) return
    const link = document.createElement('link')
    Object.assign(link, {
      rel: 'alternate',
      type: 'application/atom+xml',
      title: `Crash alerts: ${product}`,
      href,
    })
    document.head.append(link)
    return () => link.remove()
  }, [href, product])
}
