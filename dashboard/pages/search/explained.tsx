// What the search means in words, and its traps.
import { explainQuery } from '../../../shared/search/explain.ts'
import type { Query } from '../../../shared/search/query.ts'

export function Explained({ query }: { query: Query }) {
  // Names that are not applied have a notice of their own.
  const { conditions, warnings } = explainQuery({ ...query, ignored: [] })
  return (
    <div class="explained">
      {warnings.length > 0 && (
        <ul class="late" aria-label="Warnings">
          {warnings.map((warning) => (
            <li key={warning}>{warning}.</li>
          ))}
        </ul>
      )}
      <details>
        <summary class="explained-summary note">What this search means</summary>
        <p class="note">Reports that fulfil all of:</p>
        <ul class="conditions">
          {conditions.map((condition) => (
            <li key={condition}>{condition}</li>
          ))}
        </ul>
      </details>
    </div>
  )
}
