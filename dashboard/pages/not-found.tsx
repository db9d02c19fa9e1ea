// The page for unknown paths.
import { Empty, PageHead } from '../parts/page.tsx'
import { homeHref, topCrashersHref } from '../route.ts'

export function NotFoundPage({ path }: { path: string }) {
  const report = path.startsWith('/report/')
  return (
    <>
      <PageHead title="Page not found" />
      <Empty title={report ? 'This is not a crash ID' : 'There is no page here'}>
        <p>
          {report ? (
            <>
              A crash ID has 36 characters and ends in its date, such as{' '}
              <code>0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122</code>.
            </>
          ) : (
            <>
              Nothing exists at <code>{path}</code>.
            </>
          )}
        </p>
        <p>
          Go to the <a href={homeHref()}>overview</a> or to <a href={topCrashersHref()}>Top Crashers</a>, or
          search for a crash ID above.
        </p>
      </Empty>
    </>
  )
}
