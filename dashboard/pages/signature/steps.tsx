// The steps that produced a signature, initially closed, on report and signature pages.
import { useState } from 'preact/hooks'
import type { PartialCrash } from '../../../shared/crash.ts'
import { useReport } from '../../data.ts'
import { plural } from '../../model/format.ts'
import { Await, Section } from '../../parts/page.tsx'
import { reportHref } from '../../route.ts'

const title = 'How this signature was generated'

const stepsOf = (crash: PartialCrash) => (crash.signature_steps ?? []).flatMap(({ what }) => what || [])

/** The steps of one report. */
export function ReportSteps({ crash }: { crash: PartialCrash }) {
  const steps = stepsOf(crash)
  return (
    <Section id="steps" title={title}>
      {steps.length === 0 ? (
        <NoSteps />
      ) : (
        <details class="fold">
          <summary>
            <span class="fold-name">{plural(steps.length, 'step')}</span>
          </summary>
          <StepList steps={steps} version={crash.signature_version} />
        </details>
      )}
    </Section>
  )
}

/** The steps of a signature's newest report, fetched when opened. */
export function SignatureSteps({ crashId }: { crashId: string }) {
  const [open, setOpen] = useState(false)
  return (
    <Section id="steps" title={title}>
      <details class="fold" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class="fold-name">Steps</span> <span class="note">as in the newest report</span>
        </summary>
        {open && <StepsOfReport crashId={crashId} />}
      </details>
    </Section>
  )
}

function StepsOfReport({ crashId }: { crashId: string }) {
  const resource = useReport(crashId)
  return (
    <div class="fold-body">
      <Await
        resource={resource}
        height="8rem"
        missing={<p class="note">That report is no longer available.</p>}
      >
        {(crash) => {
          const steps = stepsOf(crash)
          return steps.length ? <StepList steps={steps} version={crash.signature_version} /> : <NoSteps />
        }}
      </Await>
      <p class="note">
        From report{' '}
        <a class="code" href={reportHref(crashId)}>
          {crashId}
        </a>
        .
      </p>
    </div>
  )
}

const NoSteps = () => (
  <p class="note">
    This report was processed before steps were recorded. <code>mayday reprocess --signature-only</code> adds
    them.
  </p>
)

function StepList({ steps, version }: { steps: string[]; version: PartialCrash['signature_version'] }) {
  return (
    <>
      <ol class="steps">
        {steps.map((step, place) => (
          <li key={place}>{step}</li>
        ))}
      </ol>
      {version && (
        <p class="note">
          Generated with the lists <span class="code">{version}</span>.
        </p>
      )}
    </>
  )
}
