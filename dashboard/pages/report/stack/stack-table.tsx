// A stack of a report: frames with inlined functions, source links and trust; the system's fold, own ones are tinted.
import { useState } from 'preact/hooks'
import type { FrameView, ThreadView } from '../../../model/report/crash-view.ts'
import { foldRuns, type OriginOf, type Run } from '../../../model/report/frame-origin.ts'
import { frameText } from '../../../model/report/frame-text.ts'
import { type SourceLinks, sourceLocation } from '../../../model/report/source-links.ts'
import { ScrollBox } from '../../../parts/tables/scroll-box.tsx'

/** What the stacks of one report share. */
export interface StackContext {
  sources: SourceLinks
  originOf: OriginOf
}

interface StackProps extends StackContext {
  thread: ThreadView
  caption: string
}

export function StackTable({ thread, caption, sources, originOf }: StackProps) {
  const runs = foldRuns(thread.frames, (frame) => !frame.truncated && originOf(frame.module) === 'system')
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
          {runs.map((run, place) => (
            <FrameRun key={place} run={run} sources={sources} originOf={originOf} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

function FrameRun({ run, ...context }: StackContext & { run: Run<FrameView> }) {
  const [open, setOpen] = useState(!run.folds)
  return (
    <>
      {run.folds && <FoldRow frames={run.rows} open={open} onToggle={() => setOpen(!open)} />}
      {run.rows.map((frame, place) => (
        <FrameRow key={place} frame={frame} hidden={!open} {...context} />
      ))}
    </>
  )
}

interface FoldRowProps {
  frames: readonly FrameView[]
  open: boolean
  onToggle: () => void
}

/** Functions that a closed fold names. */
const namedInFold = 3

function FoldRow({ frames, open, onToggle }: FoldRowProps) {
  const names = frames.slice(0, namedInFold).map(frameText)
  return (
    <tr class="frame-fold">
      <td colSpan={5}>
        <button type="button" class="link-button" aria-expanded={open} onClick={onToggle}>
          {frames.length} system frames
        </button>{' '}
        {!open && (
          <span class="code">
            <bdi>{names.join(', ')}</bdi>
            {frames.length > names.length && ', …'}
          </span>
        )}
      </td>
    </tr>
  )
}

interface FrameRowProps extends StackContext {
  frame: FrameView
  hidden: boolean
}

function FrameRow({ frame, hidden, sources, originOf }: FrameRowProps) {
  if (frame.truncated)
    return (
      <tr class="truncated" hidden={hidden}>
        <td colSpan={5}>{frame.truncated.msg}</td>
      </tr>
    )
  const trust = frame.trust ?? ''
  const isInlined = trust === 'inlined'
  const unloaded = frame.unloaded_modules?.[0]
  const isOwn = originOf(frame.module) === 'own'
  const classes = `trust-${/^[a-z_]+$/.test(trust) ? trust : 'none'}${isOwn ? ' frame-own' : ''}`
  return (
    <tr class={classes} hidden={hidden}>
      <td class="numeric frame-number">
        <span class={hiddenIf(isInlined)}>{frame.frame}</span>
      </td>
      <td class="frame-module">
        <bdi class={hiddenIf(isInlined)}>
          {frame.module || (unloaded ? `(unloaded ${unloaded.module})` : '')}
        </bdi>
        {frame.module && frame.missing_symbols && <MissingMark />}
      </td>
      <th scope="row" class="frame-function code">
        <bdi>{frameText(frame)}</bdi>
      </th>
      <td class="frame-source">
        <Source frame={frame} sources={sources} />
      </td>
      <td class="frame-trust">{trust}</td>
    </tr>
  )
}

/** Both are those of the frame below. */
const hiddenIf = (isInlined: boolean) => (isInlined ? 'visually-hidden' : undefined)

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
      <bdi>{source.text}</bdi>
    </a>
  ) : (
    <bdi>{source.text}</bdi>
  )
}
