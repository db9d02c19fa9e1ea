// One crash report: reason, location, stacks and all public data.
import type { PartialCrash } from '../../../shared/crash.ts'
import { type CrashView, viewCrash } from '../../model/report/crash-view.ts'
import { reportPath, useHome, useReport } from '../../data.ts'
import type { SourceLinks } from '../../model/report/frame-text.ts'
import { formatTime, plural } from '../../model/format.ts'
import { BugLinks } from '../../parts/bug-links.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Await, Empty, PageHead, Section, Tile, Tiles } from '../../parts/page.tsx'
import { reportHref, signatureHref, topCrashersHref } from '../../route.ts'
import { AnnotationTable } from './annotations.tsx'
import { ReportFileList } from './files.tsx'
import { MissingReport } from './missing.tsx'
import { FieldTable } from './fields.tsx'
import { DetailList } from './details.tsx'
import { ModuleTable, UnloadedTable } from './modules.tsx'
import { OtherThreads, StackTable, stackAsText, threadTitle } from './stacks.tsx'
import { ReportSteps } from '../signature/steps.tsx'

export function ReportPage({ crashId }: { crashId: string }) {
  const resource = useReport(crashId)
  const { loaded } = resource
  const reason = loaded.state === 'missing' ? loaded.reason : undefined
  return (
    <Await
      resource={resource}
      heading={<IdHead crashId={crashId} />}
      height="80rem"
      missing={
        <>
          <IdHead crashId={crashId} />
          <MissingReport {...resource} crashId={crashId} reason={reason} />
        </>
      }
    >
      {(crash) => <Report crashId={crashId} crash={crash} />}
    </Await>
  )
}

const IdHead = ({ crashId }: { crashId: string }) => (
  <PageHead title={`Report ${crashId}`} over="Crash report" code>
    {crashId}
  </PageHead>
)

interface ReportProps {
  crashId: string
  crash: PartialCrash
}

function Report({ crashId, crash }: ReportProps) {
  const view = viewCrash(crash)
  const title = crash.signature ?? 'No signature'
  const under = <CrashIdLine crashId={crashId} crash={crash} />
  const sources = useSourceLinks(crash)
  return (
    <>
      <PageHead title={title} over="Crash report" code under={under} />
      <KeyFacts crash={crash} view={view} />
      <Contents view={view} />
      <CrashingThread view={view} sources={sources} />
      <Actions crashId={crashId} crash={crash} />
      <Section id="details" title="Details">
        <DetailList crash={crash} view={view} />
      </Section>
      <ReportSteps crash={crash} />
      {view.otherThreads.length > 0 && (
        <Section id="threads" title={`Other threads (${view.otherThreads.length})`}>
          <OtherThreads threads={view.otherThreads} sources={sources} />
        </Section>
      )}
      <Section id="modules" title={`Modules (${view.modules.length})`}>
        <ModuleTable modules={view.modules} />
        {view.unloaded.length > 0 && <UnloadedTable modules={view.unloaded} />}
      </Section>
      {view.annotations.length > 0 && (
        <Section id="annotations" title={`Crashpad annotations (${view.annotations.length})`}>
          <AnnotationTable rows={view.annotations} />
          <p class="note">
            From the minidump. Annotations are public where the catalog of fields makes those of their name
            public.
          </p>
        </Section>
      )}
      <Section id="fields" title="All public fields">
        <FieldTable crash={crash} />
      </Section>
      <Section id="files" title="Files">
        <ReportFileList crashId={crashId} />
      </Section>
    </>
  )
}

/** The links of the product's file, once the home aggregate is loaded. */
function useSourceLinks({ product: name, version }: PartialCrash): SourceLinks {
  const { loaded } = useHome()
  const product =
    loaded.state === 'ready' ? loaded.value.products.find((one) => one.name === name) : undefined
  return { links: product?.source_links ?? [], version: version ?? '' }
}

function Actions({ crashId, crash }: ReportProps) {
  const { signature } = crash
  const product = crash.product || undefined
  return (
    <p class="actions">
      {signature && <a href={signatureHref(signature, { product })}>More reports with this signature</a>}
      {product && <a href={topCrashersHref({ product })}>Top crashers of {product}</a>}
      <a href={reportPath(crashId)}>Raw JSON</a>
      <BugLinks
        crash_id={crashId}
        signature={signature ?? undefined}
        product={product}
        version={crash.version || undefined}
        platform={crash.os_pretty_version || crash.os_name || undefined}
        reason={crash.reason || undefined}
      />
    </p>
  )
}

function CrashIdLine({ crashId, crash }: ReportProps) {
  const duplicate = crash.duplicate_of
  const received = crash.submitted_timestamp || crash.date_processed
  return (
    <>
      <span class="code crash-id">{crashId}</span> <CopyButton text={crashId} label="Copy the crash ID" />
      {received && <> · received {formatTime(received)}</>}
      {duplicate && (
        <>
          {' '}
          · duplicate of <a href={reportHref(duplicate)}>{duplicate}</a>
        </>
      )}
    </>
  )
}

function KeyFacts({ crash, view }: { crash: PartialCrash; view: CrashView }) {
  const parts = (['product', 'version', 'release_channel'] as const).flatMap((key) => crash[key] || [])
  const platform = crash.os_pretty_version || crash.os_name
  return (
    <Tiles>
      <Tile text name="Reason" value={crash.reason || 'unknown'}>
        {crash.moz_crash_reason || crash.abort_message}
      </Tile>
      <Tile text name="Address" value={<span class="code">{crash.address || 'none'}</span>}>
        {view.addressNote}
      </Tile>
      <Tile text name="Program" value={parts.join(' ') || 'unknown'}>
        {crash.process_type ? `${crash.process_type} process` : null}
      </Tile>
      <Tile text name="Platform" value={platform ?? 'unknown'}>
        {crash.cpu_arch}
      </Tile>
    </Tiles>
  )
}

function Contents({ view }: { view: CrashView }) {
  const entries = [
    ['stack', 'Crashing thread'],
    ['details', 'Details'],
    ['steps', 'Signature'],
    ...(view.otherThreads.length ? [['threads', 'Other threads']] : []),
    ['modules', 'Modules'],
    ...(view.annotations.length ? [['annotations', 'Annotations']] : []),
    ['fields', 'All fields'],
    ['files', 'Files'],
  ]
  return (
    <nav class="contents" aria-label="Parts of the report">
      {entries.map(([id, title]) => (
        <a key={id} href={`#${id}`}>
          {title}
        </a>
      ))}
    </nav>
  )
}

function CrashingThread({ view, sources }: { view: CrashView; sources: SourceLinks }) {
  const thread = view.crashingThread
  if (!thread || thread.frames.length === 0)
    return (
      <Section id="stack" title="Crashing thread">
        <Empty title="No stack">
          <p>
            The report has no minidump, or none that names the crashing thread. See the processor notes under
            Details.
          </p>
        </Empty>
      </Section>
    )
  return (
    <Section
      id="stack"
      title={`Crashing thread: ${threadTitle(thread)}`}
      action={
        <CopyButton text={stackAsText(thread)} label="Copy the stack as text">
          Copy as text
        </CopyButton>
      }
    >
      <StackTable
        thread={thread}
        caption={`Frames of the crashing thread, ${plural(thread.frame_count, 'frame')}`}
        sources={sources}
      />
      <p class="note">
        Trust is the technique that found a frame. <code>context</code>: registers of the thread.{' '}
        <code>cfi</code>: call frame information. <code>frame_pointer</code>: saved frame pointers.{' '}
        <code>scan</code>: return address found by scanning the stack. <code>inlined</code>: inlined into the
        frame below.
      </p>
    </Section>
  )
}
