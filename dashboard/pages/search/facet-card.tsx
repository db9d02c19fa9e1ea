// One facet: its values with counts and shares; each value links to the search restricted to it.
import { useState } from 'preact/hooks'
import type { Query } from '../../../shared/search/query.ts'
import { formatCount, plural } from '../../model/format.ts'
import type { FacetRow, FacetView } from '../../model/search/answer-view.ts'
import { withValues } from '../../model/search/changes.ts'
import { ClientText } from '../../parts/client-text.tsx'
import { BarTable } from '../../parts/tables/bar-table.tsx'
import { searchPageHref, signatureHref } from '../../route.ts'

const shownAtFirst = 10

interface FacetProps {
  facet: FacetView
  measure: Query['measure']
  parameters: URLSearchParams
}

interface CardProps extends FacetProps {
  /** Follows the title, for readers of the screen, where a page has the same facet twice. */
  suffix?: string
}

export function FacetCard({ facet, measure, parameters, suffix = '' }: CardProps) {
  const title = `facet-${facet.key}${suffix && '-more'}`
  return (
    <section class={`facet${facet.facet.field === 'signature' ? ' facet-wide' : ''}`} aria-labelledby={title}>
      <h3 id={title} title={facet.key}>
        {facet.title}
        {suffix && <span class="visually-hidden">{suffix}</span>}
      </h3>
      {facet.distinct === null ? (
        <FacetTable facet={facet} measure={measure} parameters={parameters} />
      ) : (
        <p class="facet-number">{formatCount(facet.distinct)}</p>
      )}
    </section>
  )
}

function FacetTable({ facet, measure, parameters }: FacetProps) {
  const [all, setAll] = useState(false)
  const rows = all ? facet.rows : facet.rows.slice(0, shownAtFirst)
  const counted = measure === 'count' ? 'Reports' : 'Crashes'
  if (rows.length === 0) return <p class="note">No report has a value.</p>
  const bars = rows.map((row, i) => ({
    key: `${i} ${row.text}`,
    name: <FacetValue facet={facet} row={row} measure={measure} parameters={parameters} />,
    count: <Count row={row} measure={measure} />,
    share: row.share,
  }))
  return (
    <>
      <BarTable
        caption={`${facet.title}: ${counted} and share`}
        headers={[facet.title, counted]}
        bars={bars}
      />
      {facet.rows.length > shownAtFirst && (
        <button type="button" class="link-button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all
            ? 'Show fewer'
            : `Show all ${formatCount(facet.rows.length)}${facet.isCut ? ' of the most frequent' : ''}`}
        </button>
      )}
    </>
  )
}

const Count = ({ row: { count, weighted }, measure }: { row: FacetRow; measure: Query['measure'] }) => {
  const sampled = Math.abs(weighted - count) > 0.5
  const crashes = `an estimated ${plural(Math.round(weighted), 'crash', 'crashes')}`
  if (measure === 'count') return <span title={sampled ? crashes : undefined}>{formatCount(count)}</span>
  return <span title={plural(count, 'report')}>{`${sampled ? '≈' : ''}${formatCount(weighted)}`}</span>
}

function FacetValue({ facet, row, measure, parameters }: FacetProps & { row: FacetRow }) {
  const { field } = facet.facet
  const href = row.values && searchPageHref(withValues(parameters, field, row.values))
  const isCode = field.includes('signature') || field === 'address'
  return (
    <>
      {href ? (
        <a class={isCode ? 'code' : undefined} href={href}>
          <ClientText text={row.text} />
        </a>
      ) : (
        <ClientText className={isCode ? 'code' : undefined} text={row.text} />
      )}
      {field === 'signature' && row.values?.[0] !== '=' && (
        <a class="facet-page" href={signatureHref(row.text)} aria-label={`Page of ${row.text}`}>
          page
        </a>
      )}
      {row.below.map((below) => (
        <Below
          key={below.key}
          facet={below}
          measure={measure}
          parameters={row.values && withValues(parameters, field, row.values)}
        />
      ))}
    </>
  )
}

interface BelowProps extends Pick<FacetProps, 'facet' | 'measure'> {
  /** The search restricted to the values around; null: no filter can. */
  parameters: URLSearchParams | null
}

const shownBelow = 5

/** A facet within a value, as one line. */
function Below({ facet, measure, parameters }: BelowProps) {
  if (facet.distinct !== null)
    return (
      <span class="below">
        {facet.title}: {formatCount(facet.distinct)}
      </span>
    )
  const rest = facet.rows.length - shownBelow
  return (
    <span class="below">
      {facet.title}:{' '}
      {facet.rows.slice(0, shownBelow).map((row, i) => (
        <span key={`${i} ${row.text}`}>
          {i > 0 && ', '}
          <BelowValue
            row={row}
            parameters={parameters && row.values && withValues(parameters, facet.facet.field, row.values)}
          />{' '}
          {formatCount(measure === 'count' ? row.count : row.weighted)}
          {row.below.map((below) => (
            <Below
              key={below.key}
              facet={below}
              measure={measure}
              parameters={parameters && row.values && withValues(parameters, facet.facet.field, row.values)}
            />
          ))}
        </span>
      ))}
      {rest > 0 && `, ${formatCount(rest)} more`}
    </span>
  )
}

const BelowValue = ({ row, parameters }: { row: FacetRow; parameters: URLSearchParams | null }) => {
  const text = <ClientText text={row.text} />
  return parameters ? <a href={searchPageHref(parameters)}>{text}</a> : text
}
