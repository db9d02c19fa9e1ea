// Submitted reports: how many were accepted, how many refused, and by which rule.
import type { HomeAggregate, ProductAggregate, RefusedByRule, Tally } from '../../shared/aggregates.ts'
import { formatCount, plural } from '../model/format.ts'
import { Estimate, ShareBar } from '../parts/figures.tsx'
import { isSampled, shareOf } from '../model/tally.ts'

const mostRules = 12

/** Empty where refused reports are not counted, or none was refused. */
export function Refused({
  home,
  product,
  accepted,
}: {
  home: HomeAggregate
  product: ProductAggregate | undefined
  accepted: Tally
}) {
  const rules = product ? product.refused : home.refused?.by_rule
  if (!rules || rules.length === 0) return null
  const refused = rules.reduce((sum, { count }) => sum + count, 0)
  return (
    <details class="note under">
      <summary>
        {plural(accepted.count + refused, 'report')} received: {formatCount(accepted.count)} accepted
        {isSampled(accepted) && (
          <>
            , representing <Estimate tally={accepted} />
          </>
        )}
        , {formatCount(refused)} refused
      </summary>
      <RuleTable rules={rules} refused={refused} />
      {!product && home.refused && <Products products={home.refused.by_product} />}
    </details>
  )
}

function RuleTable({ rules, refused }: { rules: RefusedByRule; refused: number }) {
  return (
    <table class="bars">
      <caption class="visually-hidden">Refused reports by rule</caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">Reports</th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        {rules.slice(0, mostRules).map(({ rule, count }) => (
          <tr key={rule}>
            <th scope="row">
              <code>{rule}</code>
            </th>
            <td class="numeric">{formatCount(count)}</td>
            <td>
              <ShareBar share={shareOf(count, refused)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Products({ products }: { products: { product: string; count: number }[] }) {
  return (
    <p>
      Products with the most refused reports:{' '}
      {products.map(({ product, count }, i) => (
        <span key={product}>
          {i > 0 && ', '}
          <span class="code">{product}</span> ({formatCount(count)})
        </span>
      ))}
    </p>
  )
}
