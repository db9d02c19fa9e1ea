// The main fields of a report, labeled and with units.
import type { PartialCrash } from '../../../shared/crash.ts'
import type { CrashView } from '../../model/report/crash-view.ts'
import { detailRows } from '../../model/report/crash-details.ts'

export function DetailList({ crash, view }: { crash: PartialCrash; view: CrashView }) {
  const rows = detailRows(crash)
  const instruction = view.instruction
  const weight = crash.weight ?? 1
  const notes = crash.processor_notes ? crash.processor_notes.split('\n') : []
  return (
    <dl class="details">
      {rows.map(({ title, text, code }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd class={code ? 'code' : undefined}>{text}</dd>
        </div>
      ))}
      {instruction && (
        <div>
          <dt>Instruction</dt>
          <dd class="code">{instruction}</dd>
        </div>
      )}
      {weight > 1 && (
        <div>
          <dt>Weight</dt>
          <dd>represents {weight} crashes of a sampled kind</dd>
        </div>
      )}
      {notes.length > 0 && (
        <div class="wide">
          <dt>Processor notes</dt>
          <dd>
            <ul class="plain-list">
              {notes.map((note, place) => (
                <li key={place}>{note}</li>
              ))}
            </ul>
          </dd>
        </div>
      )}
    </dl>
  )
}
