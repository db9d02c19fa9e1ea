// The stack of the report beside the most frequent one of its signature, or that of another report.
import type { PartialCrash } from '../../../../shared/crash.ts'
import type { SignatureAggregate } from '../../../../shared/aggregates/documents.ts'
import { useReport } from '../../../data.ts'
import { formatTime, plural } from '../../../model/format.ts'
import { viewCrash } from '../../../model/report/crash-view.ts'
import { type DiffLine, diffStacks, protoFrames, threadFrames } from '../../../model/report/stack-diff.ts'
import { FilterBar, SelectField } from '../../../parts/forms/filters.tsx'
import { Await, Section } from '../../../parts/page.tsx'
import { isCrashId, reportHref } from '../../../route.ts'
import { navigate } from '../../../router.ts'

interface CompareProps {
  crashId: string
  crash: PartialCrash
  /** Null: not loaded, or without a document. */
  signature: SignatureAggregate | null
  /** `common`, a crash ID, or empty: nothing is compared. */
  wanted: string
}

export function CompareStacks({ crashId, crash, signature, wanted }: CompareProps) {
  const choose = (value: string) =>
    navigate(reportHref(crashId, value === '' ? {} : { compare: value }), { replace: true })
  return (
    <Section id="compare" title="Compare the stack">
      <FilterBar label="Compare the stack">
        <SelectField
          id="compare-with"
          label="With"
          value={wanted}
          options={optionsOf({ crashId, signature, wanted })}
          onChange={choose}
        />
        <OtherId onChoose={choose} />
      </FilterBar>
      {wanted === 'common' && signature?.proto_signature && (
        <Diff
          first={protoFrames(crash)}
          second={protoFrames({ proto_signature: signature.proto_signature })}
          other="the most frequent stack"
        />
      )}
      {isCrashId(wanted) && <DiffWithReport key={wanted} crash={crash} other={wanted} />}
    </Section>
  )
}

function optionsOf({ crashId, signature, wanted }: Omit<CompareProps, 'crash'>) {
  const reports = (signature?.reports ?? []).filter((report) => report.crash_id !== crashId)
  const listed = reports.map(
    ({ crash_id, submitted_at, version, platform }) =>
      [crash_id, [formatTime(submitted_at), version, platform].filter(Boolean).join(', ')] as const,
  )
  const isListed = wanted === '' || wanted === 'common' || listed.some(([id]) => id === wanted)
  return [
    ['', 'Choose a stack'] as const,
    ...(signature?.proto_signature ? [['common', 'The most frequent stack of the signature'] as const] : []),
    ...(isListed ? [] : [[wanted, wanted] as const]),
    ...listed,
  ]
}

function OtherId({ onChoose }: { onChoose: (id: string) => void }) {
  const choose = (text: string) => {
    const id = text.trim().toLowerCase().replace(/^bp-/, '')
    if (isCrashId(id)) onChoose(id)
  }
  return (
    <div class="field">
      <label for="compare-id">Or with the report of this crash ID</label>
      <input
        id="compare-id"
        type="text"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => choose(event.currentTarget.value)}
      />
    </div>
  )
}

function DiffWithReport({ crash, other }: { crash: PartialCrash; other: string }) {
  const resource = useReport(other)
  return (
    <Await resource={resource} height="12rem" missing={<p class="note">There is no such report here.</p>}>
      {(second) => (
        <>
          <p class="note section-note">
            The other report:{' '}
            <a class="code" href={reportHref(other)}>
              {other}
            </a>
            {second.signature !== crash.signature && (
              <>
                , with the signature <bdi class="code">{second.signature}</bdi>
              </>
            )}
          </p>
          <Diff
            first={threadFrames(viewCrash(crash).crashingThread)}
            second={threadFrames(viewCrash(second).crashingThread)}
            other="the other report"
          />
        </>
      )}
    </Await>
  )
}

interface DiffProps {
  first: readonly string[]
  second: readonly string[]
  other: string
}

const signs = { both: ' ', first: '−', second: '+' } satisfies Record<DiffLine['in'], string>

function Diff({ first, second, other }: DiffProps) {
  if (first.length === 0 || second.length === 0) return <p class="note">One of the two has no stack.</p>
  const lines = diffStacks(first, second)
  const count = (where: DiffLine['in']) => lines.filter((line) => line.in === where).length
  const where = { both: '', first: ', only in this report', second: `, only in ${other}` }
  return (
    <>
      <p class="note section-note" role="status">
        {count('first') + count('second') === 0
          ? `The same ${plural(lines.length, 'frame')}.`
          : `${plural(count('both'), 'frame')} in both; − ${count('first')} only in this report, + ${count('second')} only in ${other}.`}
      </p>
      <ol class="diff code">
        {lines.map((line, place) => (
          <li key={place} class={`diff-${line.in}`}>
            <span aria-hidden="true">{signs[line.in]}</span> <bdi>{line.text}</bdi>
            <span class="visually-hidden">{where[line.in]}</span>
          </li>
        ))}
      </ol>
    </>
  )
}
