// Stacks of a report: frames with inlined functions, source links and trust.
import { useState } from 'preact/hooks'
import type { FrameView, ThreadView } from '../../model/report/crash-view.ts'
import { plural } from '../../model/format.ts'
import { ScrollBox } from '../../parts/scroll-box.tsx'
import { frameText, type SourceLinks, sourceLocation } from '../../model/report/frame-text.ts'

/** `0, main`; only the index when the thread has no name. */
export const threadTitle = ({ index, thread_name: name }: ThreadView) =>
  name ? `${index}, ${name}` : String(index)

/** One line per frame, for pasting into a bug. */
export function stackAsText({ frames }: ThreadView): string {
  return frames
    .map((frame) => {
      if (frame.truncated) return frame.truncated.msg
      const source = sourceLocation(frame)
      const module = frame.module ? `  ${frame.module}` : ''
      return `${frame.frame}${module}  ${frameText(frame)}${source ? `  ${source.text}` : ''}  ${frame.trust}`
    })
    .join('\n')
}

interface StackProps {
  thread: ThreadView
  caption: string
  sources: SourceLinks
}

export function StackTable({ thread, caption, sources }: StackProps) {
  return (
    <ScrollBox label={caption}>
      <table class="data-table stack">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col" class="numeric">
              Frame
            </th>
            <th scope="col">Module</th>
            <th scope="col">Function</th>
            <th scope="col">Source</th>
            <th scope="col">Trust</th>
          </tr>
        </thead>
        <tbody>
          {thread.frames.map((frame, place) => (
            <FrameRow key={place} frame={frame} sources={sources} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

function FrameRow({ frame, sources }: { frame: FrameView; sources: SourceLinks }) {
  if (frame.truncated)
    return (
      <tr class="truncated">
        <td colSpan={5}>{frame.truncated.msg}</td>
      </tr>
    )
  const trust = frame.trust ?? ''
  const unloaded = frame.unloaded_modules?.[0]
  return (
    <tr class={`trust-${/^[a-z_]+$/.test(trust) ? trust : 'none'}`}>
      <td class="numeric frame-number">{frame.frame}</td>
      <td class="frame-module">
        {frame.module || (unloaded ? `(unloaded ${unloaded.module})` : '')}
        {frame.module && frame.missing_symbols && <MissingMark />}
      </td>
      <th scope="row" class="frame-function code">
        {frameText(frame)}
      </th>
      <td class="frame-source">
        <Source frame={frame} sources={sources} />
      </td>
      <td class="frame-trust">{trust}</td>
    </tr>
  )
}

export const MissingMark = () => (
  <span class="missing" title="Symbols of this module are missing">
    <span aria-hidden="true">Ø</span>
    <span class="visually-hidden">symbols missing</span>
  </span>
)

function Source({ frame, sources }: { frame: FrameView; sources: SourceLinks }) {
  const source = sourceLocation(frame, sources)
  if (!source) return null
  return source.href ? (
    <a href={source.href} rel="noreferrer">
      {source.text}
    </a>
  ) : (
    <span>{source.text}</span>
  )
}

/** All threads but the crashing one, initially closed; a stack is rendered when opened. */
export function OtherThreads({ threads, sources }: { threads: ThreadView[]; sources: SourceLinks }) {
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
          sources={sources}
          open={open.has(thread.index)}
          onToggle={(isOpen) => toggle(thread.index, isOpen)}
        />
      ))}
    </>
  )
}

interface ThreadProps {
  thread: ThreadView
  sources: SourceLinks
  open: boolean
  onToggle: (open: boolean) => void
}

function Thread({ thread, sources, open, onToggle }: ThreadProps) {
  const [innermost] = thread.frames
  return (
    <details class="thread" open={open} onToggle={(event) => onToggle(event.currentTarget.open)}>
      <summary>
        <span class="thread-name">Thread {threadTitle(thread)}</span>
        <span class="note">
          {plural(thread.frame_count, 'frame')}
          {innermost && (
            <>
              , <span class="code">{frameText(innermost)}</span>
            </>
          )}
        </span>
      </summary>
      {open && (
        <StackTable thread={thread} caption={`Frames of thread ${threadTitle(thread)}`} sources={sources} />
      )}
    </details>
  )
}
