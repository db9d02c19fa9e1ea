// The button of the palette, and its keys; the palette's code is loaded when it is first opened.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from '../../router.ts'
import { type RecordedText, recordText, usePageKeys } from './keyboard.ts'

type Windows = typeof import('../palette/windows.tsx')
let windows: Windows | null = null

/** The window that is open. */
type Open = 'palette' | 'keys' | null

export function PaletteButton() {
  const [open, setOpen] = useState<Open>(null)
  const [failed, setFailed] = useState(false)
  const [, setLoaded] = useState(windows !== null)
  const typed = useRef<RecordedText | null>(null)
  const takeTyped = () => {
    const text = typed.current?.take() ?? ''
    typed.current = null
    return text
  }
  const close = () => {
    takeTyped()
    setOpen(null)
  }
  const show = (wanted: Open) => {
    setFailed(false)
    if (wanted === 'palette') typed.current ??= recordText(close)
    setOpen(wanted)
    if (windows) return
    import('../palette/windows.tsx').then(
      (module) => {
        windows = module
        setLoaded(true)
      },
      () => {
        close()
        setFailed(true)
      },
    )
  }
  usePageKeys({ openPalette: () => show('palette'), showKeys: () => show('keys') })
  const { path, query } = useLocation()
  const page = `${path}?${query}`
  // Before any key: a passive effect could close a palette that is already open.
  useLayoutEffect(close, [page])
  return (
    <div class="quick-search">
      <button
        type="button"
        class="palette-button"
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => show('palette')}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
          <path class="icon-line" d="M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9ZM10.3 10.3 14 14" />
        </svg>
        Find anything
        <span class="key" aria-hidden="true">
          {isApple() ? '⌘K' : 'Ctrl K'}
        </span>
      </button>
      {failed && (
        <p class="palette-failed" role="alert">
          The search could not be loaded. Try again.
        </p>
      )}
      {windows && open === 'palette' && <windows.Palette takeTyped={takeTyped} onClose={close} />}
      {windows && open === 'keys' && <windows.KeysWindow onClose={close} />}
    </div>
  )
}

const isApple = () => /Mac|iP(?:hone|ad|od)/.test(navigator.userAgent)
