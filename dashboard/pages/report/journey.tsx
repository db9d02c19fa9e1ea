// The journey of a crash as a list of stations.
import type { Station } from '../../model/report/journey.ts'

export const Journey = ({ stations }: { stations: readonly Station[] }) => (
  <ol class="journey">
    {stations.map(({ title, at, facts, lists }) => (
      <li key={title}>
        <h3>{title}</h3>
        <div>
          {at && <p class="journey-time">{at}</p>}
          {facts.length > 0 && (
            <p>
              <bdi>{facts.join(' ')}</bdi>
            </p>
          )}
          {lists.map((list) => (
            <Names key={list.title} {...list} />
          ))}
        </div>
      </li>
    ))}
  </ol>
)

/** More names fold. */
const shownNames = 5

function Names({ title, items }: { title: string; items: readonly string[] }) {
  const all = (
    <ul class="plain-list">
      {items.map((item, place) => (
        <li key={place}>
          <bdi>{item}</bdi>
        </li>
      ))}
    </ul>
  )
  if (items.length <= shownNames)
    return (
      <>
        <p class="note">{title}:</p>
        {all}
      </>
    )
  return (
    <details>
      <summary>
        {title}: {items.length}
      </summary>
      {all}
    </details>
  )
}
