// Building blocks of pages: title and heading, tiles, notes, states without data.
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Loaded, Resource } from '../data.ts'
import { wantsFocus } from '../router.ts'
import { ScrollBox } from './tables/scroll-box.tsx'

/** The page's only `h1`, with the content above and below it; also sets the tab's title. */
export function PageHead({
  title,
  over,
  under,
  children,
  code = false,
}: {
  title: string
  over?: ComponentChildren
  under?: ComponentChildren
  children?: ComponentChildren
  code?: boolean
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    if (wantsFocus()) heading.current?.focus({ preventScroll: true })
  }, [])
  useEffect(() => {
    document.title = title === 'Mayday' ? title : `${title} · Mayday`
  }, [title])
  return (
    <div class="page-head">
      {over && <p class="over">{over}</p>}
      <h1 ref={heading} class={code ? 'code' : undefined} tabIndex={-1}>
        {children ?? title}
      </h1>
      {under && <p class="under">{under}</p>}
    </div>
  )
}

/** One figure with its label and basis. */
export function Tile({
  name,
  value,
  text = false,
  children,
}: {
  name: ComponentChildren
  value: ComponentChildren
  /** Text rather than a number: set smaller. */
  text?: boolean
  children?: ComponentChildren
}) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>
        <span class={text ? 'tile-value tile-text' : 'tile-value'}>{value}</span>
        {children && <span class="tile-note">{children}</span>}
      </dd>
    </div>
  )
}

export function Tiles({ children }: { children: ComponentChildren }) {
  return <dl class="tiles">{children}</dl>
}

/** A titled part of a page. */
export function Section({
  id,
  title,
  action,
  children,
}: {
  id: string
  title: ComponentChildren
  action?: ComponentChildren
  children: ComponentChildren
}) {
  return (
    <section class="section" id={id} aria-labelledby={`${id}-title`}>
      <div class="section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {action}
      </div>
      {children}
    </section>
  )
}

/** A panel in place of missing data. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}

/** Renders a resource: placeholder while loading, `missing`, an error with a retry button, or its value. */
export function Await<T>({
  resource,
  heading,
  missing,
  height,
  children,
}: {
  resource: Resource<T>
  /** Heading without a value; with a value, the value renders its own. */
  heading?: ComponentChildren
  missing: ComponentChildren
  /** CSS length reserved while loading, so the layout does not shift. */
  height: string
  children: (value: T) => ComponentChildren
}) {
  const { loaded, retry } = resource
  return (
    <>
      <p class="visually-hidden" role="status">
        {stateText(loaded)}
      </p>
      {(loaded.state === 'loading' || loaded.state === 'failed') && heading}
      {loaded.state === 'loading' && <Skeleton height={height} />}
      {loaded.state === 'missing' && missing}
      {loaded.state === 'failed' && (
        <Empty title="Loading failed">
          <p>{loaded.message}</p>
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        </Empty>
      )}
      {loaded.state === 'ready' && children(loaded.value)}
    </>
  )
}

const stateText = (loaded: Loaded<unknown>) =>
  ({ loading: 'Loading', ready: '', missing: 'Nothing here', failed: 'Loading failed' })[loaded.state]

/** @param of what is loading: a document, or the code of a part of the page */
export function Skeleton({ height, of = 'document' }: { height: string; of?: 'document' | 'code' }) {
  return (
    <div class={`skeleton skeleton-${of}`} style={{ minHeight: height }} aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  )
}

/** How to submit a first crash: shown wherever there is none yet. */
export function HowToSubmit() {
  return (
    <div class="how-to">
      <p>Send a report, then process and count it:</p>
      <ScrollBox label="Commands that send, process and count a report" plain>
        <pre>
          <code>{`curl -F ProductName=MyApp -F Version=1.0 \\
     -F upload_file_minidump=@crash.dmp ${location.origin}/submit
mayday process
mayday aggregate`}</code>
        </pre>
      </ScrollBox>
      <p>Then reload this page.</p>
    </div>
  )
}
