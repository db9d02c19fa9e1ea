// The main fields of a report, labeled and with units.
import type { PartialCrash } from '../../../shared/crash.ts'
import { Time } from '../../parts/time.tsx'
import { detailRows } from '../../model/report/crash-details.ts'

export function DetailList({ crash }: { crash: PartialCrash }) {
  const rows = detailRows(crash)
  return (
    <dl class="details">
      {rows.map(({ title, text, code, href, time }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd class={code ? 'code' : undefined}>
            {time !== null ? (
              <Time at={time} text={text} />
            ) : href === null ? (
              text
            ) : (
              <a class="quiet" href={href}>
                <bdi>{text}</bdi>
              </a>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}
