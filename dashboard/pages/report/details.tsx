// The main fields of a report, labeled and with units.
import type { PartialCrash } from '../../../shared/crash.ts'
import { detailRows } from '../../model/report/crash-details.ts'

export function DetailList({ crash }: { crash: PartialCrash }) {
  const rows = detailRows(crash)
  return (
    <dl class="details">
      {rows.map(({ title, text, code }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd class={code ? 'code' : undefined}>{text}</dd>
        </div>
      ))}
    </dl>
  )
}
