// The form of an endpoint: its declared parameters, a query or a body, and the call.
import { useEffect, useRef, useState } from 'preact/hooks'
import { type CallState, callApi } from '../../api-calls.ts'
import {
  type ApiRequest,
  apiRequest,
  type CallInput,
  type NamedEndpoint,
} from '../../model/reference/api-request.ts'
import { CallAnswer, RequestLines } from './call-answer.tsx'
import { ParameterField, TextField } from './fields.tsx'

/** The newest call; one that was replaced, or whose form was removed, is cancelled. */
function useCall(token: string) {
  const [state, setState] = useState<CallState>({ is: 'idle' })
  const current = useRef<AbortController | null>(null)
  useEffect(() => () => current.current?.abort(), [])
  const send = async (request: ApiRequest) => {
    current.current?.abort()
    const controller = new AbortController()
    current.current = controller
    setState({ is: 'working' })
    const outcome = await callApi(request, { token, signal: controller.signal }).then(
      (answer): CallState => ({ is: 'done', answer }),
      (error: Error): CallState => ({ is: 'failed', message: error.message }),
    )
    if (current.current === controller) setState(outcome)
  }
  return { state, send, cancel: () => current.current?.abort() }
}

export function CallForm({ endpoint, token }: { endpoint: NamedEndpoint; token: string }) {
  const [input, setInput] = useState<CallInput>({
    fields: new Map(),
    text: endpoint.body === undefined ? '' : (endpoint.examples?.[0] ?? ''),
  })
  const { state, send, cancel } = useCall(token)
  const request = apiRequest(endpoint, input)
  return (
    <div class="result">
      <form
        class="paste"
        aria-label={`Call of ${endpoint.name}`}
        onSubmit={(event) => {
          event.preventDefault()
          void send(request)
        }}
      >
        <Fields endpoint={endpoint} input={input} onChange={setInput} />
        <p class="actions">
          <button type="submit" class="button">
            Send
          </button>
          {state.is === 'working' && (
            <button type="button" class="button" onClick={cancel}>
              Cancel
            </button>
          )}
        </p>
      </form>
      <RequestLines name={endpoint.name} request={request} hasToken={token !== ''} />
      <CallAnswer name={endpoint.name} state={state} />
    </div>
  )
}

interface FieldsProps {
  endpoint: NamedEndpoint
  input: CallInput
  onChange(input: CallInput): void
}

const Fields = ({ endpoint, input, onChange }: FieldsProps) => (
  <>
    {Object.entries(endpoint.parameters).map(([parameter, declared]) => (
      <ParameterField
        key={parameter}
        id={`${endpoint.name}-${parameter}`}
        name={parameter}
        parameter={declared}
        value={input.fields.get(parameter) ?? ''}
        onChange={(value) => onChange({ ...input, fields: new Map(input.fields).set(parameter, value) })}
      />
    ))}
    {(endpoint.search || endpoint.body !== undefined) && (
      <TextField endpoint={endpoint} value={input.text} onChange={(text) => onChange({ ...input, text })} />
    )}
  </>
)
