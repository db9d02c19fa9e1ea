// A button that copies a text to the clipboard and confirms it.
import { useState } from 'preact/hooks'

export function CopyButton({ text, label, children }: { text: string; label: string; children?: string }) {
  const [said, setSaid] = useState('')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('Copied')
    } catch {
      setSaid('Copying is not allowed')
    }
    setTimeout(() => setSaid(''), 2000)
  }
  return (
    <span class="copy">
      <button
        type="button"
        class={children ? 'button small' : 'icon-button small'}
        title={label}
        aria-label={children ? undefined : label}
        onClick={copy}
      >
        {children ?? (
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z" class="icon-line" />
          </svg>
        )}
      </button>
      <span class="copied" role="status">
        {said}
      </span>
    </span>
  )
}
