// Cycles through the colors: system, light, dark; stored in local storage.
import { useState } from 'preact/hooks'

const themes = ['system', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

const signs: Record<Theme, string> = {
  system: 'M16 5a11 11 0 1 0 0 22Z M16 5a11 11 0 0 1 0 22',
  light:
    'M16 10a6 6 0 1 0 0 12a6 6 0 1 0 0-12Z M16 2v3M16 27v3M2 16h3M27 16h3M6 6l2 2M24 24l2 2M6 26l2-2M24 8l2-2',
  dark: 'M26 19A11 11 0 0 1 13 6a11 11 0 1 0 13 13Z',
}

export function ThemeToggle() {
  const [theme, setTheme] = useState<Theme>(currentTheme)
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!
  const choose = () => {
    keepTheme(next)
    setTheme(next)
  }
  const text = `Colors: ${theme}. Change to ${next}.`
  return (
    <button type="button" class="icon-button theme-toggle" aria-label={text} title={text} onClick={choose}>
      <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true" focusable="false">
        <path d={signs[theme]} class={`theme-sign theme-${theme}`} />
      </svg>
    </button>
  )
}

function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

function keepTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  try {
    localStorage.setItem('theme', theme)
  } catch {
    // Storage may be blocked; the choice then applies to this visit only.
  }
}
