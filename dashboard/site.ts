// Where the site is, and whether a server runs behind it.

/** The module of the page: in the folder `assets` of the site, during development in its root. */
const moduleUrl: string = import.meta.url
/** Also in a worker. */
const inBrowser = typeof location !== 'undefined'

/** The path of the site, with a slash at its end: `/`, unless `mayday site` wrote it for a folder of a host. */
export const siteRoot = inBrowser
  ? new URL(/\/assets\/[^/]*$/.test(moduleUrl) ? '../' : '/', moduleUrl).pathname
  : '/'

/** Files without a server (`mayday site`): no API, no symbols, no protected data. */
export const isStatic =
  typeof document !== 'undefined' && document.documentElement.dataset.static !== undefined

/** The URL path of an absolute path of the site. */
export const inSite = (path: string): string => siteRoot + path.slice(1)

/** The absolute path of the site of a URL path. */
export const fromSite = (path: string): string =>
  path.startsWith(siteRoot) ? `/${path.slice(siteRoot.length)}` : path
