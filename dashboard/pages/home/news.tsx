// The first words of the home page: one sentence about the newest version of each product.

import { useState } from 'preact/hooks'
import type { ProductAggregate } from '../../../shared/aggregates/documents.ts'
import { plural } from '../../model/format.ts'
import { newsOf } from '../../model/releases/news.ts'
import { ReleaseSentence } from '../../parts/release-sentence.tsx'
import { releaseHref } from '../../route.ts'

/** Products listed at first. */
const most = 5

export function News({ products }: { products: readonly ProductAggregate[] }) {
  const [all, setAll] = useState(false)
  const news = newsOf(products)
  if (news.length === 0) return null
  const shown = all ? news : news.slice(0, most)
  return (
    <section aria-label="What matters now">
      <ul class="news">
        {shown.map(({ product, headline }) => (
          <li key={product} class={headline.count > 0 || headline.rate_change ? undefined : 'quiet'}>
            <a href={releaseHref({ product, version: headline.name, against: headline.against })}>
              <bdi>{product}</bdi> <bdi>{headline.name}</bdi>
            </a>
            : <ReleaseSentence headline={headline} product={product} />
          </li>
        ))}
      </ul>
      {news.length > most && (
        <button type="button" class="link-button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show ${plural(news.length - most, 'more product')}`}
        </button>
      )}
    </section>
  )
}
