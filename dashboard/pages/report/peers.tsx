// The newer and the older report of the same signature.
import type { SignatureAggregate } from '../../../shared/aggregates.ts'
import type { Loaded, SignatureOfProduct } from '../../data.ts'
import { formatTime, plural } from '../../model/format.ts'
import { peersOf } from '../../model/report/peers.ts'
import { reportHref } from '../../route.ts'

interface PeersProps {
  crashId: string
  signature: Loaded<SignatureOfProduct>
}

/** Keeps its height while the list loads. */
export const PeerLinks = ({ crashId, signature }: PeersProps) => (
  <nav class="peers" aria-label="Reports of the same signature">
    {signature.state === 'ready' && <Links crashId={crashId} signature={signature.value.signature} />}
  </nav>
)

function Links({ crashId, signature }: { crashId: string; signature: SignatureAggregate }) {
  const { place, listed, newer, older, newest } = peersOf(signature.reports, crashId)
  return (
    <>
      {newer && (
        <a rel="prev" href={reportHref(newer.crash_id)} title={formatTime(newer.submitted_at)}>
          ‹ Newer
        </a>
      )}
      {place === null ? (
        newest && (
          <a href={reportHref(newest.crash_id)} title={formatTime(newest.submitted_at)}>
            Newest report of this signature
          </a>
        )
      ) : (
        <span class="note">
          {place} of the newest {plural(listed, 'report')}
        </span>
      )}
      {older && (
        <a rel="next" href={reportHref(older.crash_id)} title={formatTime(older.submitted_at)}>
          Older ›
        </a>
      )}
    </>
  )
}
