// The reference of the API, with a form for each endpoint to try it.
import { useEffect, useState } from 'preact/hooks'
import { endpoints } from '../../../shared/api/endpoints.ts'
import { NeedsServer } from '../../parts/needs-server.tsx'
import { PageHead, Section } from '../../parts/page.tsx'
import { inSite } from '../../site.ts'
import { EndpointEntry } from './endpoint.tsx'
import { setToken, useToken } from '../../session-token.ts'
import '../../styles/api.css'

export function ApiPage() {
  const token = useToken() ?? ''
  const wanted = useHash()
  return (
    <>
      <PageHead
        title="API"
        under="Crashes, searches and signatures for programs. Names, parameters and answers are those of Crash Stats, so its clients work here."
      />
      <NeedsServer what="The API" />
      <TokenField token={token} onChange={setToken} />
      <Section id="endpoints" title="Endpoints" action={<a href={inSite('/api/openapi.json')}>As OpenAPI</a>}>
        {endpoints.map((endpoint) => (
          <EndpointEntry
            key={endpoint.name}
            endpoint={endpoint}
            token={token}
            isWanted={wanted === endpoint.name}
          />
        ))}
      </Section>
    </>
  )
}

/** The part of the URL after `#`, which names an endpoint. */
function useHash(): string {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const changed = () => setHash(location.hash)
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return hash.slice(1)
}

const TokenField = ({ token, onChange }: { token: string; onChange: (token: string) => void }) => (
  <div class="field api-token">
    <label for="token">Token (optional)</label>
    <input
      id="token"
      type="password"
      autocomplete="off"
      value={token}
      aria-describedby="token-help"
      onInput={(event) => onChange(event.currentTarget.value)}
    />
    <p class="note" id="token-help">
      Sent with every call below as <code>Auth-Token</code>. It stays in the memory of this page. Without a
      token, answers have public data.
    </p>
  </div>
)
