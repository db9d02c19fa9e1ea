// The instruction that crashed, what it accessed, and the registers (with a token).
import type { PartialCrash } from '../../../../shared/crash.ts'
import type { CrashView } from '../../../model/report/crash-view.ts'
import { memoryAccesses, registersOf } from '../../../model/report/program-state.ts'

export function Registers({ crash, view }: { crash: PartialCrash; view: CrashView }) {
  const registers = registersOf(view)
  const accesses = memoryAccesses(crash)
  if (!view.instruction && registers.length === 0 && accesses.length === 0) return null
  return (
    <div class="instruction">
      {view.instruction && (
        <p>
          Instruction <code>{view.instruction}</code>
        </p>
      )}
      {accesses.length > 0 && <p class="note">Memory: {accesses.join('; ')}.</p>}
      {registers.length > 0 && (
        <dl class="registers code" aria-label="Registers">
          {registers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}
