// The paths of the dashboard's pages, apart from those of reports.

export const pagePaths = {
  home: '/',
  'top-crashers': '/topcrashers/',
  signature: '/signature/',
  signatures: '/signatures/',
  release: '/release/',
  search: '/search/',
  symbolicate: '/symbolicate/',
  api: '/api/',
  products: '/products/',
  'missing-symbols': '/missing-symbols/',
  status: '/status/',
  fields: '/fields/',
  help: '/help/',
} as const

/** The page of one report. */
export const reportPagePath = (crashId: string): string => `/report/index/${encodeURIComponent(crashId)}`

/** The public view of one processed crash. */
export const reportDataPath = (crashId: string): string => `/api/report/${encodeURIComponent(crashId)}`

/** Search files, which are in the folder `search/` of the lake. */
export const searchDataPath = '/search-data/'
