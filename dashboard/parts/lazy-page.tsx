// A page whose code is loaded on its first visit.
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Empty, PageHead, Skeleton } from './page.tsx'

/** A component that shows a placeholder until `load` has given the page; failures can be retried. */
export function lazyPage<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  height = '60rem',
): (props: Props) => preact.JSX.Element {
  let loaded: ComponentType<Props> | null = null
  return function LazyPage(props) {
    const [attempt, setAttempt] = useState(0)
    const [failed, setFailed] = useState(false)
    const [, setReady] = useState(false)
    useEffect(() => {
      if (loaded) return
      setFailed(false)
      load().then(
        (page) => {
          loaded = page
          setReady(true)
        },
        () => setFailed(true),
      )
    }, [attempt])
    if (loaded) {
      const Page = loaded
      return <Page {...props} />
    }
    if (!failed) return <Skeleton height={height} of="code" />
    return (
      <>
        <PageHead title="Loading failed" />
        <Empty title="This page could not be loaded">
          <button type="button" class="button" onClick={() => setAttempt(attempt + 1)}>
            Try again
          </button>
        </Empty>
      </>
    )
  }
}
