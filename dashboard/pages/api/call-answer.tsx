// The request as URL and command, and the answer as text.
import { type ApiAnswer, type CallState, maxShownBytes } from '../../api-calls.ts'
import { type ApiRequest, curlCommand } from '../../model/reference/api-request.ts'
import { formatBytes } from '../../model/format.ts'
import { indentJson } from '../../model/indented-json.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { ScrollBox } from '../../parts/tables/scroll-box.tsx'

interface RequestProps {
  name: string
  request: ApiRequest
  hasToken: boolean
}

export function RequestLines({ name, request, hasToken }: RequestProps) {
  const url = location.origin + request.path
  const command = curlCommand(request, { origin: location.origin, hasToken })
  return (
    <dl class="facts api-request">
      <dt>{request.method}</dt>
      <dd>
        <span class="code">{url}</span> <CopyButton text={url} label={`Copy the URL of ${name}`} />
      </dd>
      <dt>Command</dt>
      <dd>
        <span class="code">{command}</span>{' '}
        <CopyButton text={command} label={`Copy the command for ${name}`} />
      </dd>
    </dl>
  )
}

export function CallAnswer({ name, state }: { name: string; state: CallState }) {
  return (
    <div class="api-answer">
      <p role="status" class={state.is === 'idle' ? 'visually-hidden' : undefined}>
        {stateText(state)}
      </p>
      {state.is === 'done' && <Answer name={name} answer={state.answer} />}
    </div>
  )
}

function stateText(state: CallState): string {
  if (state.is === 'working') return 'Waiting for the answer'
  if (state.is === 'failed') return state.message
  return state.is === 'done' ? `Status ${state.answer.status}` : ''
}

function Answer({ name, answer }: { name: string; answer: ApiAnswer }) {
  const { status, headers, text, isJson, isWhole } = answer
  return (
    <>
      {status === 503 && <NoServer answer={answer} />}
      <dl class="facts api-request">
        {headers.map(([header, value]) => (
          <>
            <dt class="code">{header}</dt>
            <dd class="code">{value}</dd>
          </>
        ))}
      </dl>
      {text === null ? (
        <p class="note">The answer is not text, so it is not shown. Use the command to download it.</p>
      ) : (
        <ScrollBox label={`Answer of ${name}`}>
          <pre class="api-text">{isJson ? indentJson(text) : text}</pre>
        </ScrollBox>
      )}
      {text !== null && !isWhole && (
        <p class="note">Only the first {formatBytes(maxShownBytes)} are shown.</p>
      )}
    </>
  )
}

/** What the server advises. */
function NoServer({ answer: { text } }: { answer: ApiAnswer }) {
  return (
    <div class="late">
      <p>
        <strong>The server cannot answer this call.</strong> {errorIn(text ?? '')}
      </p>
    </div>
  )
}

function errorIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    return typeof error === 'string' ? `${error}.` : ''
  } catch {
    return ''
  }
}
