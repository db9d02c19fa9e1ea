// A page that fails to render shows why, and the frame around it still works.
import type { ComponentChildren } from 'preact'
import { useEffect, useErrorBoundary } from 'preact/hooks'
import { Empty, PageHead } from './page.tsx'

/** @param at what the page shows: another value starts without the error */
export function ErrorBoundary({ at, children }: { at: string; children: ComponentChildren }) {
  const [error, reset] = useErrorBoundary()
  useEffect(() => {
    if (error !== undefined) reset()
  }, [at])
  if (error === undefined) return <>{children}</>
  return (
    <>
      <PageHead title="This page could not be shown" />
      <Empty title="An error of the dashboard">
        <p>
          <code>{error instanceof Error ? error.message : String(error)}</code>
        </p>
        <button type="button" class="button" onClick={reset}>
          Try again
        </button>
      </Empty>
    </>
  )
}
