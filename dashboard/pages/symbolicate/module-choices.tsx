// The modules of a pasted text: which symbols are used, and fields for modules whose ID the text does not state.
import { useEffect, useState } from 'preact/hooks'
import type { PastedStack } from '../../../shared/pasted-stack/model.ts'
import type { JobResult } from '../../../shared/symbolicate/answer.ts'
import { type ChosenSymbols, cleanDebugId, problemsOf } from '../../../shared/pasted-stack/symbolicated.ts'
import { type StoredSymbols, storedSymbolsOf } from '../../symbolication.ts'

interface ChoicesProps {
  stack: PastedStack
  chosen: readonly ChosenSymbols[]
  result: JobResult | null
  /** `index` into the modules of the stack. */
  onChoose(index: number, choice: ChosenSymbols): void
}

export function ModuleChoices({ stack, chosen, result, onChoose }: ChoicesProps) {
  const problems = problemsOf(chosen, result)
  return (
    <ul class="module-choices" aria-label="Modules of the stack">
      {stack.modules.map(({ name, debugId }, index) => (
        <li key={index}>
          <p>
            <strong>{name}</strong>{' '}
            <span class="note">{stateOf(chosen[index]!, problems[index]!, result)}</span>
          </p>
          {debugId === null ? (
            <Choice name={name} number={index} onChoose={(choice) => onChoose(index, choice)} />
          ) : (
            <p class="code">
              {chosen[index]!.debugFile} {debugId}
            </p>
          )}
        </li>
      ))}
    </ul>
  )
}

function stateOf({ debugFile, debugId }: ChosenSymbols, problem: string | null, result: JobResult | null) {
  if (problem !== null) return `${problem}.`
  if (debugId === '') return 'Its debug ID is needed.'
  return result?.found_modules[`${debugFile}/${debugId}`] ? 'Symbols found.' : ''
}

interface ChoiceProps {
  name: string
  number: number
  onChoose(choice: ChosenSymbols): void
}

/** Symbols of the store with the name of the module, and a field for any other ID. */
function Choice(props: ChoiceProps) {
  const { name, onChoose } = props
  const [stored, setStored] = useState<StoredSymbols[]>([])
  const [failure, setFailure] = useState('')
  useEffect(() => {
    let isShown = true
    const show = (found: StoredSymbols[]) => {
      if (!isShown) return
      setStored(found)
      if (found.length === 1) onChoose(choiceOf(found[0]!))
    }
    storedSymbolsOf(name).then(show, (error: Error) => isShown && setFailure(error.message))
    return () => {
      isShown = false
    }
  }, [name])
  return (
    <div class="choice">
      {stored.length > 1 && <StoredChoice {...props} stored={stored} />}
      {stored.length === 1 && <p class="code">{labelOf(stored[0]!)}</p>}
      <IdChoice {...props} label={stored.length === 0 ? 'Debug ID' : 'Another debug ID'} />
      {failure && <p class="note">{failure}</p>}
    </div>
  )
}

const StoredChoice = ({ name, number, onChoose, stored }: ChoiceProps & { stored: StoredSymbols[] }) => (
  <div class="field">
    <label for={`stored-${number}`}>Stored symbols of {name}</label>
    <select
      id={`stored-${number}`}
      onChange={(event) => {
        const found = stored[event.currentTarget.selectedIndex - 1]
        onChoose(found ? choiceOf(found) : { debugFile: name, debugId: '' })
      }}
    >
      <option>Choose</option>
      {stored.map((symbols) => (
        <option key={`${symbols.debug_file}/${symbols.debug_id}`}>{labelOf(symbols)}</option>
      ))}
    </select>
  </div>
)

function IdChoice({ name, number, onChoose, label }: ChoiceProps & { label: string }) {
  const [id, setId] = useState('')
  return (
    <form
      class="field"
      onSubmit={(event) => {
        event.preventDefault()
        onChoose({ debugFile: name, debugId: cleanDebugId(id) })
      }}
    >
      <label for={`id-${number}`}>
        {label} of {name}
      </label>
      <span class="choice-id">
        <input
          id={`id-${number}`}
          type="text"
          class="code"
          value={id}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setId(event.currentTarget.value)}
        />
        <button type="submit" class="button small" disabled={!/^[0-9A-F]+$/.test(cleanDebugId(id))}>
          Use
        </button>
      </span>
    </form>
  )
}

const choiceOf = ({ debug_file, debug_id }: StoredSymbols): ChosenSymbols => ({
  debugFile: debug_file,
  debugId: debug_id,
})

const labelOf = ({ debug_file, debug_id, stored_at }: StoredSymbols) =>
  `${debug_file} ${debug_id}, ${stored_at.slice(0, 10)}`
