// A labeled box that scrolls horizontally, also by keyboard.
import type { ComponentChildren } from 'preact'

export function ScrollBox({
  label,
  plain = false,
  children,
}: {
  label: string
  /** Without a border. */
  plain?: boolean
  children: ComponentChildren
}) {
  return (
    // biome-ignore-start lint/a11y: only focusable elements scroll by keyboard; a group is not a landmark
    <div class={plain ? 'table-scroll plain' : 'table-scroll'} role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
    // biome-ignore-end lint/a11y: as above
  )
}
