// What the pages, numbers, marks and keys mean.
import { Fragment } from 'preact'
import { KeyList } from '../../parts/key-list.tsx'
import { PageHead, Section } from '../../parts/page.tsx'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { fieldsHref } from '../../route.ts'
import { sitePages } from '../../site-map.ts'

export const HelpPage = ({ query }: { query: URLSearchParams }) => (
  <>
    <PageHead title="Help" under="What the pages, numbers, marks and keys mean" />
    <UnusedParameters query={query} known={[]} />
    <Section id="pages" title="Pages">
      <dl class="facts">
        {sitePages.map(({ name, href, shows }) => (
          <Fragment key={name}>
            <dt>
              <a href={href}>{name}</a>
            </dt>
            <dd>{shows}.</dd>
          </Fragment>
        ))}
        <dt>Signature</dt>
        <dd>Opened from any list: when and where its crashes occur, reports, bugs, how it was generated.</dd>
        <dt>Report</dt>
        <dd>Opened from lists of reports, or by its crash ID: stacks, modules, annotations, details.</dd>
      </dl>
    </Section>
    <Section id="numbers" title="Numbers and marks">
      <dl class="facts">
        {terms.map(([term, meaning]) => (
          <Fragment key={term}>
            <dt>{term}</dt>
            <dd>{meaning}</dd>
          </Fragment>
        ))}
      </dl>
      <p class="note">
        Every field of a report has a page: see <a href={fieldsHref()}>Fields</a>.
      </p>
    </Section>
    <Section id="keys" title="Keys">
      <KeyList withSingle />
    </Section>
  </>
)

const terms: readonly (readonly [term: string, meaning: string])[] = [
  [
    '≈ estimate',
    'Not every report is stored. Each stored one represents as many as its weight, and an estimate is the sum of weights. On hover: the stored reports, and the interval that contains the true number with 95 % probability.',
  ],
  ['Sample', 'The stored reports. Reports that were resent on a later day are duplicates and do not count.'],
  [
    'Signature',
    'A name for crashes with the same cause, generated from the functions on the stack of the crashing thread.',
  ],
  [
    'Period',
    'Ends with the newest crash, and is compared with the equally long period before, which ends at the same time of day.',
  ],
  [
    'Colors, ▲▼',
    'A difference has a color only where noise is an unlikely reason: a test over the whole list, at most 5 % false alarms.',
  ],
  ['new since', 'The signature appeared on that day, and chance does not explain its absence before.'],
  ['start-up', 'More of its crashes are at start-up than those of the other signatures of the product.'],
  ['hang', 'At least half of its reports are hangs.'],
  ['Installs', 'Distinct installation times: a low estimate of how many installations are affected.'],
  ['Times', 'Are UTC. Local time is shown on hover.'],
]
