// Submitted reports: how many were accepted, how many refused, and by which rule.
import type {
  HomeAggregate,
  ProductAggregate,
  RefusedByRule,
  Tally,
} from '../../../shared/aggregates/documents.ts'
import { formatCount, plural } from '../../model/format.ts'
import { BarTable } from '../../parts/tables/bar-table.tsx'
import { Estimate } from '../../parts/figures.tsx'
import { isSampled, shareOf } from '../../model/tally.ts'

const mostRules = 12

interface RefusedProps {
  home: HomeAggregate
  product: ProductAggregate | undefined
  accepted: Tally
}

/** Empty where refused reports are not counted, or none was refused. */
export function Refused({ home, product, accepted }: RefusedProps) {
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
  const bars = rules.slice(0, mostRules).map(({ rule, count }) => ({
    key: rule,
    name: <code>{rule}</code>,
    count: formatCount(count),
    share: shareOf(count, refused),
  }))
  return <BarTable caption="Refused reports by rule" headers={['Rule', 'Reports']} bars={bars} />
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
