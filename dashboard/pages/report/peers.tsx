// The newer and the older report of the same signature.
import { useState } from 'preact/hooks'
import type { ReportRow, SignatureAggregate } from '../../../shared/aggregates/documents.ts'
import type { PartialCrash } from '../../../shared/crash.ts'
import type { Loaded, SignatureOfProduct } from '../../data.ts'
import { formatTime, plural } from '../../model/format.ts'
import { neighborParameters, type Peers, peersOf, type Side } from '../../model/report/peers.ts'
import { reportHref, searchPageHref } from '../../route.ts'
import { navigate } from '../../router.ts'

interface PeersProps {
  crashId: string
  crash: PartialCrash
  signature: Loaded<SignatureOfProduct>
}

/** Keeps its height while the list loads. */
export const PeerLinks = ({ signature, ...report }: PeersProps) => (
  <nav class="peers" aria-label="Reports of the same signature">
    {signature.state === 'ready' && <Links {...report} signature={signature.value.signature} />}
  </nav>
)

function Links({
  crashId,
  crash,
  signature,
}: Pick<PeersProps, 'crashId' | 'crash'> & { signature: SignatureAggregate }) {
  const peers = peersOf({ reports: signature.reports, all: signature.total.count }, crashId)
  const { newer, older } = peers
  return (
    <>
      <Neighbor key={`newer ${crashId}`} side="newer" row={newer} crash={crash} peers={peers} />
      <Place {...peers} />
      <Neighbor key={`older ${crashId}`} side="older" row={older} crash={crash} peers={peers} />
    </>
  )
}

const Place = ({ place, newest, listed }: Peers) =>
  place === null ? (
    newest && (
      <a href={reportHref(newest.crash_id)} title={formatTime(newest.submitted_at)}>
        Newest report of this signature
      </a>
    )
  ) : (
    <span class="note">
      {place} of the newest {plural(listed, 'report')}
    </span>
  )

const sides = {
  newer: { rel: 'prev', text: '‹ Newer' },
  older: { rel: 'next', text: 'Older ›' },
} as const

interface NeighborProps {
  side: Side
  /** Where it is listed. */
  row: ReportRow | null
  crash: PartialCrash
  peers: Peers
}

function Neighbor({ side, row, crash, peers }: NeighborProps) {
  const { rel, text } = sides[side]
  if (row)
    return (
      <a rel={rel} href={reportHref(row.crash_id)} title={formatTime(row.submitted_at)}>
        {text}
      </a>
    )
  if (!peers.beyond.includes(side) || neighborParameters(crash, side) === null) return null
  return <SearchedNeighbor side={side} text={text} crash={crash} />
}

type Searching = { state: 'idle' | 'running' | 'none' } | { state: 'failed'; message: string }

/** Searches when it is asked for. */
function SearchedNeighbor({ side, text, crash }: { side: Side; text: string; crash: PartialCrash }) {
  const [searching, setSearching] = useState<Searching>({ state: 'idle' })
  const find = async () => {
    setSearching({ state: 'running' })
    try {
      const { findNeighbor } = await import('./find-neighbor.ts')
      const id = await findNeighbor(crash, side)
      if (id === null) setSearching({ state: 'none' })
      else navigate(reportHref(id))
    } catch (error) {
      setSearching({ state: 'failed', message: error instanceof Error ? error.message : String(error) })
    }
  }
  if (searching.state === 'none') return <span class="note">No {side} report within half a year</span>
  return (
    <>
      <button type="button" class="link-button" disabled={searching.state === 'running'} onClick={find}>
        {searching.state === 'running' ? 'Searching' : text}
      </button>
      {searching.state === 'failed' && (
        <span class="note" role="alert">
          {searching.message} <a href={searchPageHref(listed(crash, side))}>Search the {side} reports</a>
        </span>
      )}
    </>
  )
}

/** The same search as a page, with more than one report. */
function listed(crash: PartialCrash, side: Side): URLSearchParams {
  const parameters = neighborParameters(crash, side) ?? new URLSearchParams()
  for (const name of ['_columns', '_results_number']) parameters.delete(name)
  return parameters
}
