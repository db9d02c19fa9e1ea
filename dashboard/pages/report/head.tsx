// The head of a report: what crashed where, the parts of the page, links.
import type { PartialCrash } from '../../../shared/crash.ts'
import type { CrashView } from '../../model/report/crash-view.ts'
import { reportPath } from '../../data.ts'
import { BugLinks } from '../../parts/bug-links.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Time } from '../../parts/time.tsx'
import { Tile, Tiles } from '../../parts/page.tsx'
import { reportHref, searchPageHref, signatureHref } from '../../route.ts'

interface ReportProps {
  crashId: string
  crash: PartialCrash
}

export function Actions({ crashId, crash }: ReportProps) {
  const { signature, product, version } = crash
  return (
    <p class="actions">
      {signature && (
        <>
          <a href={signatureHref(signature, { product: product || undefined })}>Signature</a>
          <a href={searchPageHref(new URLSearchParams({ signature: `=${signature}` }))}>Search its reports</a>
        </>
      )}
      <a href={reportPath(crashId)}>Raw JSON</a>
      <BugLinks
        crash_id={crashId}
        signature={signature ?? undefined}
        product={product || undefined}
        version={version || undefined}
        platform={crash.os_pretty_version || crash.os_name || undefined}
        reason={crash.reason || undefined}
      />
    </p>
  )
}

export function CrashIdLine({ crashId, crash }: ReportProps) {
  const duplicate = crash.duplicate_of
  const received = crash.submitted_timestamp || crash.date_processed
  return (
    <>
      <span class="code crash-id">{crashId}</span> <CopyButton text={crashId} label="Copy the crash ID" />
      {received && (
        <>
          {' '}
          · received <Time at={received} />
        </>
      )}
      {duplicate && (
        <>
          {' '}
          · duplicate of <a href={reportHref(duplicate)}>{duplicate}</a>
        </>
      )}
    </>
  )
}

export function KeyFacts({ crash, view }: { crash: PartialCrash; view: CrashView }) {
  const parts = (['product', 'version', 'release_channel'] as const).flatMap((key) => crash[key] || [])
  const platform = crash.os_pretty_version || crash.os_name
  return (
    <div class="key-facts">
      <Tiles>
        <Tile text name="Reason" value={<bdi>{crash.reason || 'unknown'}</bdi>}>
          {crash.moz_crash_reason || crash.abort_message}
        </Tile>
        <Tile text name="Address" value={<span class="code">{crash.address || 'none'}</span>}>
          {view.addressNote}
        </Tile>
        <Tile text name="Program" value={<bdi>{parts.join(' ') || 'unknown'}</bdi>}>
          {crash.process_type ? `${crash.process_type} process` : null}
        </Tile>
        <Tile text name="Platform" value={<bdi>{platform ?? 'unknown'}</bdi>}>
          {crash.cpu_arch}
        </Tile>
      </Tiles>
    </div>
  )
}

export type Part = readonly [id: string, title: string]

export const Contents = ({ parts }: { parts: readonly Part[] }) => (
  <nav class="contents" aria-label="Parts of the report">
    {parts.map(([id, title]) => (
      <a key={id} href={`#${id}`}>
        {title}
      </a>
    ))}
  </nav>
)
