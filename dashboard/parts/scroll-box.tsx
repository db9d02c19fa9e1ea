// A named box that scrolls sideways when its content is wider, also by keyboard.
import type { ComponentChildren } from 'preact'

export function ScrollBox({
  label,
  plain = false,
  children,
}: {
  label: string
  /** Without a frame of its own. */
  plain?: boolean
  children: ComponentChildren
}) {
  return (
    // biome-ignore-start lint/a11y: only what takes the focus can be scrolled by keyboard; a group is no landmark
    <div class={plain ? 'table-scroll plain' : 'table-scroll'} role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
    // biome-ignore-end lint/a11y: as above
  )
}
