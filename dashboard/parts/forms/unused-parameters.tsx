// Names the parameters of the URL that a page does not use.
import { unusedParameters } from '../../model/parameters.ts'

export function UnusedParameters({ query, known }: { query: URLSearchParams; known: readonly string[] }) {
  const unused = unusedParameters(query, known)
  if (unused.length === 0) return null
  return (
    <div class="late" role="status">
      <p>
        <strong>This page does not filter by everything in its URL:</strong> the numbers below are of more
        crashes than the URL asks for.
      </p>
      <ul>
        {unused.map(({ name, value, why }, place) => (
          <li key={place}>
            <code>
              <bdi>
                {name}={value}
              </bdi>
            </code>
            {why && `: ${why}`}
          </li>
        ))}
      </ul>
    </div>
  )
}
