// Starts the dashboard.
import { render } from 'preact'
import { App } from './app.tsx'
import { followLinks } from './router.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import './styles/tables.css'
import './styles/pages.css'
import './styles/report.css'
import './styles/search.css'
import './styles/print.css'
import './styles/findings.css'

// The address of the icon in a site of files is relative to the first page.
for (const icon of document.querySelectorAll<HTMLLinkElement>('link[rel=icon]'))
  icon.href = new URL(icon.href).href

followLinks()
render(<App />, document.getElementById('app')!)
