// One crash report: reason, location, stacks and all public data; with a token also protected data.
import type { PartialCrash } from '../../../shared/crash.ts'
import { simulatedVendor } from '../../../shared/fields/simulated.ts'
import { type Loaded, type SignatureOfProduct, useHome, useReport, useSignature } from '../../data.ts'
import { type CrashView, viewCrash } from '../../model/report/crash-view.ts'
import { originsOf } from '../../model/report/frame-origin.ts'
import { javaStackOf } from '../../model/report/java-stack.ts'
import { journeyOf } from '../../model/report/journey.ts'
import { addOnsOf, breadcrumbsOf } from '../../model/report/program-state.ts'
import { KnownBugs } from '../../parts/known-bugs.tsx'
import { MadeUpReport } from '../../parts/notices.tsx'
import { Await, PageHead, Section } from '../../parts/page.tsx'
import { type FullReport, useFullReport } from '../../protected-data.ts'
import { useLocation } from '../../router.ts'
import { useToken } from '../../session-token.ts'
import { useSignatureId } from '../../signature-id.ts'
import { ReportSteps } from '../signature/steps.tsx'
import { AnnotationTable } from './annotations.tsx'
import { DetailList } from './details.tsx'
import { FieldTable } from './fields.tsx'
import { Actions, Contents, CrashIdLine, KeyFacts, type Part } from './head.tsx'
import { JavaStack } from './java.tsx'
import { Journey } from './journey.tsx'
import { MissingReport } from './missing.tsx'
import { ModuleTable, UnloadedTable } from './modules.tsx'
import { PeerLinks } from './peers.tsx'
import { AddOns, Breadcrumbs, Telemetry } from './program.tsx'
import { ProtectedData } from './protected.tsx'
import { CompareStacks } from './stack/compare.tsx'
import { CrashingThread } from './stack/crashing-thread.tsx'
import type { StackContext } from './stack/stack-table.tsx'
import { OtherThreads } from './stack/threads.tsx'

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
      {(crash) => <WithToken crashId={crashId} publicCrash={crash} />}
    </Await>
  )
}

const IdHead = ({ crashId }: { crashId: string }) => (
  <PageHead title={`Report ${crashId}`} over="Crash report" code>
    {crashId}
  </PageHead>
)

/** With a token, all parts show the whole crash. */
function WithToken({ crashId, publicCrash }: { crashId: string; publicCrash: PartialCrash }) {
  const token = useToken()
  const full = useFullReport(crashId, token)
  const crash = full.state === 'ready' ? full.crash : publicCrash
  const { id } = useSignatureId(publicCrash.signature ?? null)
  const signature = useSignature(id, publicCrash.product || undefined).loaded
  return <Report crashId={crashId} crash={crash} signature={signature} token={token} full={full} />
}

interface ReportProps {
  crashId: string
  crash: PartialCrash
  signature: Loaded<SignatureOfProduct>
  token: string | null
  full: FullReport
}

function Report({ crashId, crash, signature, token, full }: ReportProps) {
  const view = viewCrash(crash)
  const java = javaStackOf(crash)
  const context = useStackContext(crash)
  const { query } = useLocation()
  const known = signature.state === 'ready' ? signature.value.signature : null
  return (
    <>
      <div class="report-head">
        <PageHead
          title={crash.signature ?? 'No signature'}
          over="Crash report"
          code
          under={<CrashIdLine crashId={crashId} crash={crash} />}
        />
        <PeerLinks crashId={crashId} crash={crash} signature={signature} />
      </div>
      {crash.vendor === simulatedVendor && <MadeUpReport />}
      <KeyFacts crash={crash} view={view} />
      <Contents parts={partsOf(crash, view)} />
      {java.length > 0 && (
        <Section id="java" title="Java stack">
          <JavaStack exceptions={java} />
        </Section>
      )}
      <CrashingThread crash={crash} view={view} {...context} />
      <Actions crashId={crashId} crash={crash} />
      <KnownBugs bugs={known?.bugs ?? []} />
      <CompareStacks crashId={crashId} crash={crash} signature={known} wanted={query.get('compare') ?? ''} />
      <Section id="details" title="Details">
        <DetailList crash={crash} />
      </Section>
      <Section id="journey" title="Journey">
        <Journey stations={journeyOf(crash, view.modules)} />
      </Section>
      <ReportSteps crash={crash} />
      <Process view={view} crash={crash} {...context} />
      <Section id="fields" title={full.state === 'ready' ? 'All fields' : 'All public fields'}>
        <FieldTable crash={crash} />
      </Section>
      <Section id="protected" title="Protected data">
        <ProtectedData crashId={crashId} token={token} report={full} />
      </Section>
    </>
  )
}

/** Threads, modules and the program around the crash. */
function Process({ view, crash, ...context }: StackContext & { view: CrashView; crash: PartialCrash }) {
  return (
    <>
      {view.otherThreads.length > 0 && (
        <Section id="threads" title={`Other threads (${view.otherThreads.length})`}>
          <OtherThreads threads={view.otherThreads} {...context} />
        </Section>
      )}
      <Section id="modules" title={`Modules (${view.modules.length})`}>
        <ModuleTable modules={view.modules} />
        {view.unloaded.length > 0 && <UnloadedTable modules={view.unloaded} />}
      </Section>
      <AddOns crash={crash} />
      {view.annotations.length > 0 && (
        <Section id="annotations" title={`Crashpad annotations (${view.annotations.length})`}>
          <AnnotationTable rows={view.annotations} />
          <p class="note">
            From the minidump. Annotations are public where the catalog of fields makes those of their name
            public.
          </p>
        </Section>
      )}
      <Breadcrumbs crash={crash} />
      <Telemetry crash={crash} />
    </>
  )
}

/** The links and own modules of the product's file, once the home aggregate is loaded. */
function useStackContext(crash: PartialCrash): StackContext {
  const { loaded } = useHome()
  const product =
    loaded.state === 'ready' ? loaded.value.products.find((one) => one.name === crash.product) : undefined
  return {
    sources: { links: product?.source_links ?? [], version: crash.version ?? '' },
    originOf: originsOf(crash.json_dump ?? {}, product?.own_modules),
  }
}

/** The parts that the page has, for its contents. */
function partsOf(crash: PartialCrash, view: CrashView): Part[] {
  const telemetry = Object.keys(crash.telemetry_environment ?? {})
  const all: readonly (readonly [id: string, title: string, isShown: boolean])[] = [
    ['java', 'Java stack', javaStackOf(crash).length > 0],
    ['stack', 'Crashing thread', true],
    ['compare', 'Compare', true],
    ['details', 'Details', true],
    ['journey', 'Journey', true],
    ['steps', 'Signature', true],
    ['threads', 'Other threads', view.otherThreads.length > 0],
    ['modules', 'Modules', true],
    ['add-ons', 'Add-ons', addOnsOf(crash).length > 0],
    ['annotations', 'Annotations', view.annotations.length > 0],
    ['breadcrumbs', 'Breadcrumbs', breadcrumbsOf(crash).length > 0],
    ['telemetry', 'Telemetry', telemetry.length > 0],
    ['fields', 'All fields', true],
    ['protected', 'Protected data', true],
  ]
  return all.flatMap(([id, title, isShown]) => (isShown ? [[id, title] as const] : []))
}
