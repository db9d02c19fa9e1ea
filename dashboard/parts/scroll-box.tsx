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
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard can scroll only what takes the focus
    <section class={plain ? 'table-scroll plain' : 'table-scroll'} aria-label={label} tabIndex={0}>
      {children}
    </section>
  )
}
