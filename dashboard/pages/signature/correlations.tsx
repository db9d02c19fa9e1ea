// What is more frequent in the crashes of a signature than in other crashes of its product, as sentences.
import type { Correlated, Correlation } from '../../../shared/aggregates/correlations.ts'
import type { SignatureAggregate } from '../../../shared/aggregates/documents.ts'
import { conditionOf, sharesText } from '../../model/correlation-text.ts'
import { formatDay, formatShare, plural } from '../../model/format.ts'
import { Section } from '../../parts/page.tsx'
import { useCorrelations } from './use-correlations.ts'

/** Nothing where correlations are not computed: for signatures with few reports. */
export function Correlations({ signature }: { signature: SignatureAggregate }) {
  const found = useCorrelations(signature)
  if (!found) return null
  const { correlations, product, from, to, reports, reference } = found
  return (
    <Section id="correlations" title="Correlations">
      {correlations.length === 0 ? (
        <p class="note">
          Nothing is more frequent than in other crashes of <bdi>{product}</bdi> by at least 15 percentage
          points and more than chance.
        </p>
      ) : (
        <ul class="correlations">
          {correlations.map((correlation, place) => (
            <li key={place}>
              <Sentence {...correlation} />
            </li>
          ))}
        </ul>
      )}
      <p class="note">
        {plural(reports, 'report')} compared with {plural(reference, 'report')} of <bdi>{product}</bdi>,{' '}
        {formatDay(from)} to {formatDay(to)}, all versions. About 1 % of such sentences are chance.
      </p>
    </Section>
  )
}

function Sentence(correlation: Correlation) {
  const { prior, explains } = correlation
  return (
    <>
      <ConditionText of={correlation} />: {sharesText(correlation)}
      {prior && (
        <>
          ; where <ConditionText of={prior.of} />, {formatShare(prior.group)} and{' '}
          {formatShare(prior.reference)}
        </>
      )}
      .
      {explains.length > 0 && (
        <span class="below note">
          This explains{' '}
          {explains.map((one, place) => (
            <span key={place}>
              {place > 0 && '; '}
              <ConditionText of={one} /> ({formatShare(one.group)}, {formatShare(one.reference)})
            </span>
          ))}
          .
        </span>
      )}
    </>
  )
}

function ConditionText({ of }: { of: Correlated }) {
  const { name, value } = conditionOf(of)
  return (
    <>
      {name}
      {value && (
        <>
          {' '}
          <bdi class={of.kind === 'number' ? undefined : 'code'}>{value}</bdi>
        </>
      )}
    </>
  )
}
