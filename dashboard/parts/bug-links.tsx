// Where a bug about what the page shows can be filed.
import { type BugFacts, bugLinksOf } from '../model/bug-links.ts'
import { useHome } from '../data.ts'

/** Links as the product's file declares them; nothing when there are none. */
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
