// The form for a token, which every page then uses until it is forgotten.
import { useState } from 'preact/hooks'
import { setToken } from '../../session-token.ts'

interface TokenFormProps {
  id: string
  /** Of the label: which permission it needs, and for what. */
  label: string
  /** Text of the button. */
  action: string
}

export function TokenForm({ id, label, action }: TokenFormProps) {
  const [text, setText] = useState('')
  return (
    <form
      class="filters"
      aria-label="Access to protected data"
      onSubmit={(event) => {
        event.preventDefault()
        setToken(text)
      }}
    >
      <div class="field">
        <label for={id}>{label}</label>
        <input
          id={id}
          type="password"
          autocomplete="off"
          required
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <button type="submit" class="button">
        {action}
      </button>
    </form>
  )
}

export const ForgetToken = () => (
  <button type="button" class="link-button" onClick={() => setToken('')}>
    Forget the token
  </button>
)
