// A stack as text, for pasting into a bug.
import type { ThreadView } from './crash-view.ts'
import { frameText } from './frame-text.ts'
import { sourceLocation } from './source-links.ts'

/** `0, main`; only the index when the thread has no name. */
export const threadTitle = ({ index, thread_name: name }: ThreadView) =>
  name ? `${index}, ${name}` : String(index)

/** One line per frame. */
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
