// The variants of a stack: one for each crash location (stack key), with its most frequent frames.
import { formatCount, formatShare, plural } from '../../../model/format.ts'
import { withValues } from '../../../model/search/changes.ts'
import type { StackVariant } from '../../../model/signature/term-series.ts'
import { Empty } from '../../../parts/page.tsx'
import { searchPageHref } from '../../../route.ts'

interface VariantsProps {
  variants: readonly StackVariant[]
  search: URLSearchParams
}

/** Frames in the line of a closed variant. */
const namedFrames = 3

export function StackVariants({ variants, search }: VariantsProps) {
  if (variants.length === 0) return <Empty title="No report has a stack key" />
  return (
    <section aria-labelledby="stack-variants">
      <h3 id="stack-variants">
        {plural(variants.length, 'crash location')}, each with its most frequent stack
      </h3>
      {variants.map(({ stackKey, count, weighted, share, frames }) => (
        <details key={stackKey} class="fold">
          <summary>
            <span class="fold-name code">{stackKey}</span>
            <span class="note">
              {formatShare(share)}, {formatCount(weighted)} crashes from {plural(count, 'report')}:{' '}
              <bdi class="code">{frames.slice(0, namedFrames).join(' | ')}</bdi>
            </span>
          </summary>
          <div class="fold-body">
            <ol class="code">
              {frames.map((frame, place) => (
                <li key={place}>
                  <bdi>{frame}</bdi>
                </li>
              ))}
            </ol>
            <p>
              <a href={searchPageHref(withValues(search, 'stack_key', [`=${stackKey}`]))}>
                Search its reports
              </a>
            </p>
          </div>
        </details>
      ))}
    </section>
  )
}
