// Who calls the API, where this edge lets the reader see its metrics.

import { useEffect, useState } from 'preact/hooks'
import type { Millis } from '../../../shared/units.ts'
import { formatCount, formatDuration } from '../../model/format.ts'
import { type EndpointCalls, readApiCalls } from '../../model/reference/api-metrics.ts'
import { ForgetToken, TokenForm } from '../../parts/forms/token-form.tsx'
import { NeedsServer } from '../../parts/needs-server.tsx'
import { Section } from '../../parts/page.tsx'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { useToken } from '../../session-token.ts'
import { inSite, isStatic } from '../../site.ts'

type Calls = readonly EndpointCalls[] | 'denied'

export function useApiCalls(): Calls | 'loading' {
  const token = useToken()
  const [calls, setCalls] = useState<Calls | 'loading'>('loading')
  useEffect(() => {
    const leaving = new AbortController()
    setCalls('loading')
    void fetchCalls(token, leaving.signal).then((loaded) => {
      if (!leaving.signal.aborted) setCalls(loaded)
    })
    return () => leaving.abort()
  }, [token])
  return calls
}

export function ApiCalls({ calls }: { calls: Calls }) {
  const token = useToken()
  return (
    <Section id="api" title="Calls of the API" action={token !== null && <ForgetToken />}>
      {isStatic ? (
        <NeedsServer what="Counting calls" />
      ) : calls === 'denied' ? (
        <Denied isGiven={token !== null} />
      ) : calls.length === 0 ? (
        <p class="note">No program has called the API since this edge started.</p>
      ) : (
        <>
          <p class="note section-note">
            Since this edge started; Prometheus has them over time and all edges.
          </p>
          <DataTable
            caption="Endpoints, those with the most calls first"
            columns={columns}
            rows={calls}
            rowKey={({ endpoint }) => endpoint}
          />
        </>
      )}
    </Section>
  )
}

const Denied = ({ isGiven }: { isGiven: boolean }) => (
  <>
    <p class="note">
      {isGiven
        ? 'This token does not give access to the metrics, or this site has no edge.'
        : 'The metrics of the edge are for operators.'}
    </p>
    <TokenForm id="status-token" label="Token with the permission operate" action="Show calls" />
  </>
)

const timeLimit: Millis = 30_000

async function fetchCalls(token: string | null, signal: AbortSignal): Promise<Calls> {
  if (isStatic) return 'denied'
  try {
    const headers: Record<string, string> = token === null ? {} : { 'auth-token': token }
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeLimit)])
    const response = await fetch(inSite('/__metrics__'), { headers, signal: limited })
    const isText = response.headers.get('content-type')?.startsWith('text/plain') === true
    return response.ok && isText ? readApiCalls(await response.text()) : 'denied'
  } catch {
    return 'denied'
  }
}

const columns: readonly Column<EndpointCalls>[] = [
  { key: 'endpoint', title: 'Endpoint', header: true, cell: ({ endpoint }) => <code>{endpoint}</code> },
  countColumn('calls', 'Calls'),
  countColumn('failed', 'Errors', 'Answers with a status of 400 or above'),
  countColumn('denied', 'Denied', 'For lack of a permission'),
  {
    key: 'time',
    title: 'Mean time',
    numeric: true,
    value: ({ meanSeconds }) => meanSeconds,
    cell: ({ meanSeconds }) => meanSeconds !== null && formatDuration(meanSeconds * 1000),
  },
  {
    key: 'clients',
    title: 'Clients',
    hint: 'Programs with the most calls',
    cell: ({ clients }) =>
      clients
        .slice(0, 4)
        .map(({ client, calls }) => `${client} ${formatCount(calls)}`)
        .join(', '),
  },
]

function countColumn(
  key: 'calls' | 'failed' | 'denied',
  title: string,
  hint?: string,
): Column<EndpointCalls> {
  return {
    key,
    title,
    ...(hint !== undefined && { hint }),
    numeric: true,
    value: (row) => row[key],
    cell: (row) => formatCount(row[key]),
  }
}
