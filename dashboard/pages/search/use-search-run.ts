// A search as the state of a component.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Answer } from '../../../shared/search/answer.ts'
import type { Query } from '../../../shared/search/query.ts'
import type { SearchState } from '../../model/search/messages.ts'
import { SearchRun } from '../../searching.ts'

interface Shown {
  question: Query
  answer: Answer
}

/** Runs each new question. `shown` has the newest answer, also a partial one, and that of the previous question until then. */
export function useSearchRun(question: Query, token: string | null) {
  const [current, setCurrent] = useState<{ question: Query; state: SearchState } | null>(null)
  const run = useRef<SearchRun | null>(null)
  const shown = useRef<Shown | null>(null)
  useEffect(() => {
    const started = new SearchRun(question, (state) => {
      if ('answer' in state && state.answer) shown.current = { question, answer: state.answer }
      if (state.state === 'failed' || state.state === 'asking') shown.current = null
      setCurrent({ question, state })
    })
    run.current = started
    if (token === null) started.start()
    else started.ask('protected', token)
    return () => started.end()
  }, [question, token])
  const state: SearchState = current?.question === question ? current.state : { state: 'starting' }
  return { state, run, shown: shown.current }
}
