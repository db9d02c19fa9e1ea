// Links to report a bug about the current page.
import { type BugFacts, bugLinksOf } from '../model/bug-links.ts'
import { useHome } from '../data.ts'

/** Links from the product's file; empty when there are none. */
export function BugLinks(facts: BugFacts) {
  const { loaded } = useHome()
  if (loaded.state !== 'ready') return null
  return (
    <>
      {bugLinksOf(loaded.value, facts).map(({ title, url }) => (
        <a key={title} href={url} rel="noreferrer">
          {title}
        </a>
      ))}
    </>
  )
}
