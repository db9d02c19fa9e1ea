// Fields of a call: one for each declared parameter, and one for a query or a body, with examples.
import type { Parameter } from '../../../shared/api/endpoint.ts'
import type { NamedEndpoint } from '../../model/reference/api-request.ts'
import { CodeText } from './code-text.tsx'

interface Editable {
  value: string
  onChange(value: string): void
}

const hints: Readonly<Record<Parameter['kind'], string>> = {
  text: '',
  texts: ' One on each line.',
  integer: ' A whole number.',
  integers: ' Whole numbers, one on each line.',
}

export function ParameterField({
  id,
  name,
  parameter: { kind, required, description },
  value,
  onChange,
}: Editable & { id: string; name: string; parameter: Parameter }) {
  const shared = {
    ...{ id, value, required: required === true, class: 'code', spellcheck: false, autocomplete: 'off' },
    'aria-describedby': `${id}-help`,
    onInput: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  }
  return (
    <div class="field">
      <label for={id}>
        <code>{name}</code> {!required && '(optional)'}
      </label>
      {kind === 'texts' || kind === 'integers' ? (
        <textarea {...shared} rows={3} />
      ) : (
        <input {...shared} type="text" />
      )}
      <p class="note" id={`${id}-help`}>
        <CodeText text={capitalized(description)} />.{hints[kind]}
      </p>
    </div>
  )
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** The query of a search, or the JSON of a body. */
export function TextField({ endpoint, value, onChange }: Editable & { endpoint: NamedEndpoint }) {
  const { name, body, examples = [] } = endpoint
  const id = `${name}-text`
  return (
    <div class="field">
      <label for={id}>{body === undefined ? 'Query' : 'Body'}</label>
      <textarea
        id={id}
        rows={3}
        class="api-wrapped"
        required={body !== undefined}
        spellcheck={false}
        autocomplete="off"
        value={value}
        aria-describedby={`${id}-help`}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <p class="note" id={`${id}-help`}>
        {body === undefined ? <QueryHelp /> : <CodeText text={`JSON: \`${body}\``} />}
      </p>
      <ul class="api-examples" aria-label={`Examples for ${name}`}>
        {examples.map((example) => (
          <li key={example}>
            <button type="button" class="link-button code" onClick={() => onChange(example)}>
              {example}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

const QueryHelp = () => (
  <>
    Parameters as in a URL: fields with an operator and a value, such as <code>signature=~alloc</code>, and
    options such as <code>_facets=product</code>. <a href="#SuperSearchFields">SuperSearchFields</a> lists the
    fields. The query of a pasted URL is used. Examples:
  </>
)
