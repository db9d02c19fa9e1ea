// All threads but the crashing one, initially closed; a stack is rendered when opened.
import { useState } from 'preact/hooks'
import type { ThreadView } from '../../../model/report/crash-view.ts'
import { frameText } from '../../../model/report/frame-text.ts'
import { threadTitle } from '../../../model/report/stack-text.ts'
import { plural } from '../../../model/format.ts'
import { type StackContext, StackTable } from './stack-table.tsx'

export function OtherThreads({ threads, ...context }: StackContext & { threads: ThreadView[] }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set())
  const all = open.size === threads.length
  const toggle = (index: number, isOpen: boolean) => {
    if (open.has(index) === isOpen) return
    setOpen(new Set(isOpen ? [...open, index] : [...open].filter((other) => other !== index)))
  }
  return (
    <>
      <p class="actions">
        <button
          type="button"
          class="button small"
          onClick={() => setOpen(new Set(all ? [] : threads.map(({ index }) => index)))}
        >
          {all ? 'Close all' : 'Open all'}
        </button>
      </p>
      {threads.map((thread) => (
        <Thread
          key={thread.index}
          thread={thread}
          open={open.has(thread.index)}
          onToggle={(isOpen) => toggle(thread.index, isOpen)}
          {...context}
        />
      ))}
    </>
  )
}

interface ThreadProps extends StackContext {
  thread: ThreadView
  open: boolean
  onToggle: (open: boolean) => void
}

function Thread({ thread, open, onToggle, ...context }: ThreadProps) {
  const [innermost] = thread.frames
  return (
    <details class="thread" open={open} onToggle={(event) => onToggle(event.currentTarget.open)}>
      <summary>
        <span class="thread-name">
          Thread <bdi>{threadTitle(thread)}</bdi>
        </span>
        <span class="note">
          {plural(thread.frame_count, 'frame')}
          {innermost && (
            <>
              , <bdi class="code">{frameText(innermost)}</bdi>
            </>
          )}
        </span>
      </summary>
      {open && (
        <StackTable thread={thread} caption={`Frames of thread ${threadTitle(thread)}`} {...context} />
      )}
    </details>
  )
}
