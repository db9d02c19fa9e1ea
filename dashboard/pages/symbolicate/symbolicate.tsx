// The page that shows a pasted stack with functions and lines.
import { useEffect, useRef, useState } from 'preact/hooks'
import { parsePastedStack } from '../../../shared/pasted-stack/pasted-stack.ts'
import type { PastedStack } from '../../../shared/pasted-stack/model.ts'
import type { JobResult } from '../../../shared/symbolicate/answer.ts'
import { plural } from '../../model/format.ts'
import { type ChosenSymbols, chosenByText, requestFor } from '../../../shared/pasted-stack/symbolicated.ts'
import { NeedsServer } from '../../parts/needs-server.tsx'
import { Empty, PageHead, Section } from '../../parts/page.tsx'
import { symbolicateJob } from '../../symbolication.ts'
import { ModuleChoices } from './module-choices.tsx'
import { SymbolicatedLines } from './symbolicated-lines.tsx'

export function SymbolicatePage() {
  const [text, setText] = useState('')
  const [stack, setStack] = useState<PastedStack | null>(null)
  return (
    <>
      <PageHead
        title="Symbolicate"
        under="Paste a crash report or a log. Frames of modules whose symbols are stored here get functions and lines."
      />
      <NeedsServer what="Symbolicating" />
      <form
        class="paste"
        aria-label="Stack to symbolicate"
        onSubmit={(event) => {
          event.preventDefault()
          setStack(parsePastedStack(text))
        }}
        onReset={() => {
          setText('')
          setStack(null)
        }}
      >
        <PastedText text={text} onChange={setText} />
        <p class="actions">
          <button type="submit" class="button" disabled={text.trim() === ''}>
            Symbolicate
          </button>{' '}
          <button type="reset" class="link-button" disabled={text === '' && !stack}>
            Clear
          </button>
        </p>
      </form>
      {stack && <Outcome stack={stack} />}
    </>
  )
}

const PastedText = ({ text, onChange }: { text: string; onChange: (text: string) => void }) => (
  <>
    <label for="pasted">Stack</label>
    <textarea
      id="pasted"
      rows={12}
      spellcheck={false}
      autocomplete="off"
      value={text}
      placeholder={'MyApp + 0x1f2c\n#1 0x55d8f3c5a4d9 (/opt/app/app+0x1234)'}
      onInput={(event) => onChange(event.currentTarget.value)}
      aria-describedby="pasted-help"
    />
    <Help />
  </>
)

const Help = () => (
  <p class="note" id="pasted-help">
    Lines such as <code>module + 0x1234</code>, crash reports of macOS (<code>.crash</code>, <code>.ips</code>
    ) and Android, logs of Chromium and Electron, and the output of Breakpad’s <code>minidump_stackwalk</code>
    . The text stays in this browser; the server gets only modules and offsets.
  </p>
)

type State = 'working' | 'done' | { failed: string }

/** The result for a stack with the chosen symbols, and ways to change the choice. */
function useSymbolication(stack: PastedStack) {
  const [chosen, setChosen] = useState<readonly ChosenSymbols[]>([])
  const [result, setResult] = useState<JobResult | null>(null)
  const [state, setState] = useState<State>('working')
  /** Answers to earlier choices are dropped. */
  const latest = useRef(0)
  const current = useRef(chosen)
  const lookUp = async (choice: readonly ChosenSymbols[]) => {
    const number = ++latest.current
    current.current = choice
    setChosen(choice)
    setState('working')
    const outcome = await symbolicateJob(requestFor(stack, choice)).then(
      (answer) => ({ answer, next: 'done' as const }),
      (error: Error) => ({ answer: null, next: { failed: error.message } }),
    )
    if (number !== latest.current) return
    setResult(outcome.answer)
    setState(outcome.next)
  }
  useEffect(() => {
    void lookUp(chosenByText(stack))
    return () => void latest.current++
  }, [stack])
  const choose = (index: number, choice: ChosenSymbols) =>
    void lookUp(current.current.map((former, other) => (other === index ? choice : former)))
  return { chosen, result, state, choose, retry: () => void lookUp(chosen) }
}

function Outcome({ stack }: { stack: PastedStack }) {
  const { chosen, result, state, choose, retry } = useSymbolication(stack)
  if (stack.frames.length === 0)
    return (
      <Empty title="No frame found">
        <p>
          None of the {plural(stack.lines.length, 'line')} shows a module and an offset, such as{' '}
          <code>module + 0x1234</code>. Stacks with functions need no symbols.
        </p>
      </Empty>
    )
  // Before the effect of a new text, the choice is that of the former one.
  if (chosen.length !== stack.modules.length) return null
  return (
    <div class="result">
      <Progress state={state} onRetry={retry} />
      <Section id="stack" title="Stack">
        <SymbolicatedLines stack={stack} result={result} />
        {stack.truncated && <p class="note">Only the first part of the text is shown: it is very long.</p>}
      </Section>
      <Section id="modules" title="Modules">
        <ModuleChoices stack={stack} chosen={chosen} result={result} onChoose={choose} />
      </Section>
    </div>
  )
}

function Progress({ state, onRetry }: { state: State; onRetry: () => void }) {
  if (typeof state === 'object')
    return (
      <Empty title="Symbolication failed">
        <p>{state.failed}</p>
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      </Empty>
    )
  return (
    <p class="note" role="status">
      {state === 'working' ? 'Looking up symbols…' : ''}
    </p>
  )
}
