// The frame around every page: skip link, header, the page of the current URL, footer.
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { feedKey } from '../shared/keys.ts'
import { aggregatePath } from './data.ts'
import { HomePage } from './pages/home/home.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { SignaturePage } from './pages/signature/signature.tsx'
import { SymbolicatePage } from './pages/symbolicate/symbolicate.tsx'
import { TopCrashersPage } from './pages/top-crashers/top-crashers.tsx'
import { ErrorBoundary } from './parts/error-boundary.tsx'
import { PaletteButton } from './parts/header/palette-button.tsx'
import { ThemeToggle } from './parts/header/theme-toggle.tsx'
import { lazyPage } from './parts/lazy-page.tsx'
import {
  apiHref,
  fieldsHref,
  helpHref,
  homeHref,
  missingSymbolsHref,
  parseRoute,
  productsHref,
  type Route,
  redirectOf,
  releaseHref,
  searchPageHref,
  signaturesHref,
  statusHref,
  symbolicateHref,
  topCrashersHref,
} from './route.ts'
import { navigate, useLocation } from './router.ts'
import { inSite } from './site.ts'

/** The overview and lists need no report. */
const ReportPage = lazyPage(async () => (await import('./pages/report/report.tsx')).ReportPage)
/** Most visits need no search. */
const SearchPage = lazyPage(async () => (await import('./pages/search/search.tsx')).SearchPage)
/** Most visits need no list of all signatures. */
const SignaturesPage = lazyPage(
  async () => (await import('./pages/signatures/signatures.tsx')).SignaturesPage,
)
/** Most visits compare no releases. */
const ReleasePage = lazyPage(async () => (await import('./pages/release/release.tsx')).ReleasePage)
/** Most visits need no reference of the API. */
const ApiPage = lazyPage(async () => (await import('./pages/api/api.tsx')).ApiPage)
/** Most visits need none of the pages about the site. */
const HelpPage = lazyPage(async () => (await import('./pages/reference/help.tsx')).HelpPage)
const FieldsPage = lazyPage(async () => (await import('./pages/reference/fields.tsx')).FieldsPage)
const ProductsPage = lazyPage(async () => (await import('./pages/products/products.tsx')).ProductsPage)
const StatusPage = lazyPage(async () => (await import('./pages/status/status.tsx')).StatusPage)
const MissingSymbolsPage = lazyPage(
  async () => (await import('./pages/missing-symbols/missing-symbols.tsx')).MissingSymbolsPage,
)

export function App() {
  const { path, query } = useLocation()
  const route = parseRoute(path)
  const target = redirectOf(path, query)
  useEffect(() => {
    if (target !== null) navigate(target, { replace: true })
  }, [target])
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <Header page={route.page} />
      <main id="main" tabIndex={-1}>
        {target === null && (
          <ErrorBoundary key={path} at={`${query}`}>
            <Page route={route} path={path} query={query} />
          </ErrorBoundary>
        )}
      </main>
      <footer class="footer">
        <p>
          Mayday. Times are UTC. Data: <a href={aggregatePath('home.json')}>aggregates</a>, written by{' '}
          <code>mayday aggregate</code>. For programs: <a href={apiHref}>the API</a>.
        </p>
        <p>
          <a href={productsHref}>Products</a> · <a href={missingSymbolsHref()}>Missing symbols</a> ·{' '}
          <a href={statusHref}>Status</a> · <a href={inSite(`/${feedKey()}`)}>Feed of alerts</a> ·{' '}
          <a href={fieldsHref()}>Fields</a> · <a href={helpHref}>Help</a>
        </p>
      </footer>
    </>
  )
}

function Page({ route, path, query }: { route: Route; path: string; query: URLSearchParams }) {
  switch (route.page) {
    case 'home':
      return <HomePage query={query} />
    case 'top-crashers':
      return <TopCrashersPage query={query} />
    case 'signature':
      return <SignaturePage query={query} />
    case 'signatures':
      return <SignaturesPage query={query} />
    case 'release':
      return <ReleasePage query={query} />
    case 'search':
      return <SearchPage query={query} />
    case 'symbolicate':
      return <SymbolicatePage />
    case 'api':
      return <ApiPage />
    case 'help':
      return <HelpPage query={query} />
    case 'fields':
      return <FieldsPage query={query} />
    case 'products':
      return <ProductsPage query={query} />
    case 'status':
      return <StatusPage query={query} />
    case 'missing-symbols':
      return <MissingSymbolsPage query={query} />
    case 'report':
      return <ReportPage key={route.crashId} crashId={route.crashId} />
    case 'not-found':
      return <NotFoundPage path={path} />
  }
}

function Header({ page }: { page: string }) {
  return (
    <header class="header">
      <div class="header-inner">
        <a class="brand" href={homeHref()}>
          <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
            <rect width="32" height="32" rx="8" class="brand-ground" />
            <path d="M7 23V9l9 9 9-9v14" class="brand-sign" />
          </svg>
          <span class="brand-name">Mayday</span>
        </a>
        <nav class="nav" aria-label="Main">
          <NavLink href={homeHref()} current={page === 'home'}>
            Overview
          </NavLink>
          <NavLink href={topCrashersHref()} current={page === 'top-crashers'}>
            Top crashers
          </NavLink>
          <NavLink href={signaturesHref()} current={page === 'signatures'}>
            Signatures
          </NavLink>
          <NavLink href={releaseHref()} current={page === 'release'}>
            Releases
          </NavLink>
          <NavLink href={searchPageHref(new URLSearchParams())} current={page === 'search'}>
            Search
          </NavLink>
          <NavLink href={symbolicateHref} current={page === 'symbolicate'}>
            Symbolicate
          </NavLink>
        </nav>
        <PaletteButton />
        <ThemeToggle />
      </div>
    </header>
  )
}

function NavLink({
  href,
  current,
  children,
}: {
  href: string
  current: boolean
  children: ComponentChildren
}) {
  return (
    <a href={href} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  )
}
