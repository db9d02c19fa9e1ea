// Runs before the code of the page, in a file of its own because the CSP allows no inline script.

// The chosen colors, before the first paint.
try {
  const theme = localStorage.getItem('theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be blocked; the system colors then apply.
}

// What only the overview needs, as index.html does for all pages.
const site = new URL('.', document.currentScript.src)
if (location.pathname === site.pathname) {
  const href = new URL('aggregates/v4/alerts.json', site).href
  document.head.append(
    Object.assign(document.createElement('link'), { rel: 'preload', as: 'fetch', crossOrigin: '', href }),
  )
}

// The first formatters load the data of the locale, which takes time: now, while the code is on its way.
new Intl.NumberFormat('en-GB')
new Intl.DateTimeFormat('en-GB')
