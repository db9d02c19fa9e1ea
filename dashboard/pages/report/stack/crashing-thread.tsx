// The thread that crashed: its stack, the instruction and the registers.
import type { PartialCrash } from '../../../../shared/crash.ts'
import type { CrashView } from '../../../model/report/crash-view.ts'
import { stackAsText, threadTitle } from '../../../model/report/stack-text.ts'
import { plural } from '../../../model/format.ts'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { Empty, Section } from '../../../parts/page.tsx'
import { Registers } from './registers.tsx'
import { type StackContext, StackTable } from './stack-table.tsx'

interface CrashingThreadProps extends StackContext {
  crash: PartialCrash
  view: CrashView
}

export function CrashingThread({ crash, view, ...context }: CrashingThreadProps) {
  const thread = view.crashingThread
  if (!thread || thread.frames.length === 0)
    return (
      <Section id="stack" title="Crashing thread">
        <Empty title="No stack">
          <p>
            The report has no minidump, or none that names the crashing thread. See the notes under Journey.
          </p>
        </Empty>
      </Section>
    )
  const title = (
    <>
      Crashing thread: <bdi>{threadTitle(thread)}</bdi>
    </>
  )
  const copy = (
    <CopyButton text={stackAsText(thread)} label="Copy the stack as text">
      Copy as text
    </CopyButton>
  )
  const hasOwn = thread.frames.some(({ module }) => context.originOf(module) === 'own')
  return (
    <Section id="stack" title={title} action={copy}>
      <StackTable
        thread={thread}
        caption={`Frames of the crashing thread, ${plural(thread.frame_count, 'frame')}`}
        {...context}
      />
      <Registers crash={crash} view={view} />
      <details class="legend-details">
        <summary class="note">What the marks mean</summary>
        <p class="note">
          {hasOwn && 'Frames of the product’s own modules have a bar and a tint. '}
          Trust is the technique that found a frame. <code>context</code>: registers of the thread.{' '}
          <code>cfi</code>: call frame information. <code>frame_pointer</code>: saved frame pointers.{' '}
          <code>scan</code>: return address found by scanning the stack. <code>inlined</code>: inlined into
          the frame below. Ø: symbols of the module are missing.
        </p>
      </details>
    </Section>
  )
}
