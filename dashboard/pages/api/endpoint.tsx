// One endpoint: what it does, what it needs, the form of its answer, and a call to try.
import { useEffect, useRef } from 'preact/hooks'
import { permissions } from '../../../shared/access/permissions.ts'
import { apiPath } from '../../../shared/api/endpoints.ts'
import type { NamedEndpoint } from '../../model/reference/api-request.ts'
import { ScrollBox } from '../../parts/tables/scroll-box.tsx'
import { CallForm } from './call-form.tsx'
import { CodeText } from './code-text.tsx'

interface EntryProps {
  endpoint: NamedEndpoint
  token: string
  /** The URL names it. */
  isWanted: boolean
}

export function EndpointEntry({ endpoint, token, isWanted }: EntryProps) {
  const { name, description, result } = endpoint
  const entry = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    if (!isWanted || !entry.current) return
    entry.current.open = true
    entry.current.scrollIntoView()
  }, [isWanted])
  return (
    <details class="fold api-endpoint" id={name} ref={entry}>
      <Summary endpoint={endpoint} />
      <div class="fold-body">
        <p>
          <CodeText text={description} />
        </p>
        <Facts endpoint={endpoint} />
        <h4>Answer</h4>
        <ScrollBox label={`Form of the answer of ${name}`} plain>
          <pre class="api-text">{result}</pre>
        </ScrollBox>
        <h4>Try it</h4>
        <CallForm endpoint={endpoint} token={token} />
      </div>
    </details>
  )
}

const Summary = ({ endpoint: { name, methods, permission, needs } }: { endpoint: NamedEndpoint }) => (
  <summary>
    <h3 class="code fold-name">{apiPath(name)}</h3>
    <span class="note">{methods.join(', ')}</span>
    {permission !== null && (
      <span class="note">
        permission <code>{permission}</code>
      </span>
    )}
    {needs === 'tables' && <span class="note">needs an API server</span>}
  </summary>
)

const Facts = ({ endpoint: { permission, needs, cacheSeconds } }: { endpoint: NamedEndpoint }) => (
  <ul class="api-facts note">
    <li>
      {permission === null ? (
        'Needs no token.'
      ) : (
        <>
          Needs a token with the permission <code>{permission}</code>:{' '}
          <CodeText text={permissions[permission].doc} />.
        </>
      )}
    </li>
    <li>
      {needs === 'store' ? (
        'Every edge answers it.'
      ) : (
        <>
          Needs an API server: <code>mayday serve</code>, or an edge whose <code>API_ORIGIN</code> is the URL
          of one. Any other edge answers 503.
        </>
      )}
    </li>
    {cacheSeconds > 0 && <li>Clients may keep the answer for {cacheSeconds} seconds.</li>}
  </ul>
)
