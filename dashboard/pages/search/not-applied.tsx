// Names in the URL that the search does not use, and the form for a token that allows the protected ones.
import { useState } from 'preact/hooks'
import type { Ignored } from '../../../shared/search/query.ts'

interface NotAppliedProps {
  ignored: readonly Ignored[]
  /** Protected fields are used, with a token. */
  isProtected: boolean
  onToken: (token: string | null) => void
}

export function NotApplied({ ignored, isProtected, onToken }: NotAppliedProps) {
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
      {needsToken && <TokenForm onToken={onToken} />}
      {isProtected && (
        <p>
          Protected fields are searched on the server with your token. It is forgotten when you close this
          page.{' '}
          <button type="button" class="link-button" onClick={() => onToken(null)}>
            Forget the token
          </button>
        </p>
      )}
    </div>
  )
}

function TokenForm({ onToken }: { onToken: (token: string) => void }) {
  const [text, setText] = useState('')
  return (
    <details>
      <summary>Search protected fields with a token</summary>
      <form
        class="filters"
        aria-label="Token"
        onSubmit={(event) => {
          event.preventDefault()
          onToken(text.trim())
        }}
      >
        <div class="field">
          <label for="search-token">Token with the permission view_pii</label>
          <input
            id="search-token"
            type="password"
            autocomplete="off"
            required
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        <button type="submit" class="button">
          Search with it
        </button>
      </form>
    </details>
  )
}
