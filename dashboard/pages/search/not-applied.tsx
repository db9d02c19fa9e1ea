// Names in the URL that the search does not use, and the form for a token that allows the protected ones.
import type { Ignored } from '../../../shared/search/query.ts'
import { ForgetToken, TokenForm } from '../../parts/forms/token-form.tsx'

interface NotAppliedProps {
  ignored: readonly Ignored[]
  /** Protected fields are used, with a token. */
  isProtected: boolean
}

export function NotApplied({ ignored, isProtected }: NotAppliedProps) {
  const needsToken = ignored.some(({ why }) => why === 'protected')
  if (ignored.length === 0 && !isProtected) return null
  return (
    <div class="late not-applied" role="status">
      {ignored.length > 0 && (
        <p>
          Not applied:{' '}
          {ignored.map(({ name, why }, i) => (
            <span key={name}>
              {i > 0 && ', '}
              <code>{name}</code> ({why})
            </span>
          ))}
          . The answer is wider than the URL.
        </p>
      )}
      {needsToken && (
        <details>
          <summary>Search protected fields with a token</summary>
          <TokenForm id="search-token" label="Token with the permission view_pii" action="Search with it" />
        </details>
      )}
      {isProtected && (
        <p>
          Protected fields are searched on the server with your token. It is forgotten when you close this
          page. <ForgetToken />
        </p>
      )}
    </div>
  )
}
