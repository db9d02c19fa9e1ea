// Bugs of trackers that name a signature; closed ones are struck.
import type { KnownBug, ListedBug } from '../../shared/aggregates/documents.ts'
import { signatureHref } from '../route.ts'
import { Section } from './page.tsx'

/** Its number as a link to the tracker, http and https only. */
function BugNumber({ bug: { id, url, open } }: { bug: ListedBug }) {
  const link = url && /^https?:\/\//.test(url) ? { href: url, rel: 'noreferrer' } : null
  const number = link ? <a {...link}>{id}</a> : <span>{id}</span>
  if (open !== false) return number
  return (
    <s title="closed">
      {number}
      <span class="visually-hidden">, closed</span>
    </s>
  )
}

/** Explains a column of numbers. */
export const bugsHint = 'Bugs that name the signature; closed ones are struck'

export const BugNumbers = ({ bugs }: { bugs: readonly ListedBug[] }) => (
  <>
    {bugs.map((bug, i) => (
      <span key={`${bug.url} ${bug.id}`} class="bug-number">
        {i > 0 && ', '}
        <BugNumber bug={bug} />
      </span>
    ))}
  </>
)

const OtherSignatures = ({ signatures }: { signatures: readonly string[] }) => (
  <span class="below">
    Also in{' '}
    {signatures.map((signature, i) => (
      <span key={signature}>
        {i > 0 && ', '}
        <a class="code" href={signatureHref(signature)}>
          <bdi>{signature}</bdi>
        </a>
      </span>
    ))}
  </span>
)

/** The section of signature and report pages; nothing without bugs. */
export function KnownBugs({ bugs }: { bugs: readonly KnownBug[] }) {
  if (bugs.length === 0) return null
  return (
    <Section id="bugs" title="Bugs">
      <ul class="bugs">
        {bugs.map((bug) => (
          <li key={`${bug.url} ${bug.id}`}>
            <BugNumber bug={bug} /> <bdi>{bug.summary}</bdi>{' '}
            {bug.status && <span class="mark">{bug.status}</span>}
            {bug.others && <OtherSignatures signatures={bug.others} />}
          </li>
        ))}
      </ul>
    </Section>
  )
}
