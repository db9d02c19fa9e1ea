// Search: any public field, over the search files in a worker, or on the server.
import { useMemo, useState } from 'preact/hooks'
import { useHome } from '../../data.ts'
import { type PageSearch, questionOf, readPageSearch } from '../../model/search/page-search.ts'
import { Notices } from '../../parts/notices.tsx'
import { Empty, PageHead } from '../../parts/page.tsx'
import { searchPageHref } from '../../route.ts'
import { useToken } from '../../session-token.ts'
import { Explained } from './explained.tsx'
import { NotApplied } from './not-applied.tsx'
import { Options } from './options.tsx'
import { Results } from './results.tsx'
import { SearchForm } from './search-form.tsx'
import { SearchStatusBar } from './status-bar.tsx'
import { useSearchRun } from './use-search-run.ts'

export function SearchPage({ query: url }: { query: URLSearchParams }) {
  const token = useToken()
  const [attempt, setAttempt] = useState(0)
  const text = url.toString()
  const { plain, search } = useMemo(() => readBoth(text, token), [text, token, attempt])
  const isProtected = token !== null && search !== plain
  const home = useHome()
  return (
    <>
      <PageHead title="Search" />
      {home.loaded.state === 'ready' && <Notices home={home.loaded.value} />}
      <SearchForm search={search} />
      <NotApplied ignored={search.query?.ignored ?? []} isProtected={isProtected} />
      {search.query && <Explained query={search.query} />}
      {search.problems.length > 0 && <Problems search={search} />}
      {search.query && !search.runs && <NotRun search={search} />}
      {search.query && search.runs && (
        <Searched
          search={search}
          token={isProtected ? token : null}
          onAgain={() => setAttempt(attempt + 1)}
        />
      )}
    </>
  )
}

/** The search as everyone may run it, and as the holder of a token; the same object where protected fields do not occur. */
function readBoth(text: string, token: string | null): { plain: PageSearch; search: PageSearch } {
  const url = new URLSearchParams(text)
  const now = Date.now() * 1000
  const plain = readPageSearch(url, { now, protected: 'drop' })
  const needsToken = plain.query?.ignored.some(({ why }) => why === 'protected') === true
  if (token === null || !needsToken) return { plain, search: plain }
  return { plain, search: readPageSearch(url, { now, protected: 'allow' }) }
}

const Problems = ({ search: { problems } }: { search: PageSearch }) => (
  <Empty title="This search cannot be run">
    <ul class="problems">
      {problems.map((problem) => (
        <li key={problem.message}>
          {problem.kind === 'form' && <code>{problem.parameter}: </code>}
          {problem.message}
        </li>
      ))}
    </ul>
  </Empty>
)

const NotRun = ({ search: { parameters } }: { search: PageSearch }) => (
  <Empty title="Nothing was searched yet">
    <p>
      Change the filters above, or <a href={searchPageHref(parameters)}>search now</a>.
    </p>
  </Empty>
)

interface SearchedProps {
  search: PageSearch
  token: string | null
  onAgain: () => void
}

function Searched({ search, token, onAgain }: SearchedProps) {
  const question = useMemo(() => questionOf(search.query!), [search])
  const { state, run, shown } = useSearchRun(question, token)
  return (
    <div class="result">
      <SearchStatusBar state={state} run={run} question={question} search={search} onAgain={onAgain} />
      <Options search={search} />
      {shown && (
        <Results
          search={search}
          question={shown.question}
          answer={shown.answer}
          isComplete={state.state === 'done'}
          token={token}
        />
      )}
    </div>
  )
}
