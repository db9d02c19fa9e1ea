// The same answer elsewhere: as files, from the API, as SQL.
import type { Answer } from '../../../shared/search/answer.ts'
import type { Query } from '../../../shared/search/query.ts'
import type { FacetView } from '../../model/search/answer-view.ts'
import { answerJson, facetsCsv, hitsCsv } from '../../model/search/export.ts'
import { statementsOf } from '../../model/search/statements.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Section } from '../../parts/page.tsx'
import { ScrollBox } from '../../parts/tables/scroll-box.tsx'
import { apiPath } from '../../searching.ts'

interface ElsewhereProps {
  question: Query
  /** Null: nothing was found. */
  answer: Answer | null
  facets: readonly FacetView[]
  token: string | null
}

export function Elsewhere({ question, answer, facets, token }: ElsewhereProps) {
  const call = location.origin + apiPath(question, token)
  return (
    <Section id="elsewhere" title="Take it with you">
      {answer && (
        <div class="search-choices">
          <SaveButton name="reports.csv" type="text/csv" text={() => hitsCsv(question.columns, answer)}>
            Reports as CSV
          </SaveButton>
          <SaveButton name="facets.csv" type="text/csv" text={() => facetsCsv(facets)}>
            Facets as CSV
          </SaveButton>
          <SaveButton name="search.json" type="application/json" text={() => answerJson(answer)}>
            Everything as JSON
          </SaveButton>
        </div>
      )}
      <details>
        <summary>The API call that gives the same</summary>
        <p class="note">Answered where the API runs (“mayday serve”).</p>
        <Code label="API call" text={call} />
      </details>
      {token === null && <Sql question={question} />}
    </Section>
  )
}

/** Protected fields are in a table of their own: this SQL reads only `crashes`. */
const Sql = ({ question }: { question: Query }) => (
  <details>
    <summary>The SQL that gives the same</summary>
    <p class="note">For “mayday sql”. Times are microseconds since 1970.</p>
    {statementsOf(question).map(({ title, sql }) => (
      <Code key={title} label={`SQL: ${title}`} text={sql} />
    ))}
  </details>
)

const Code = ({ label, text }: { label: string; text: string }) => (
  <div class="copied-code">
    <p class="copied-code-head">
      {label} <CopyButton text={text} label={`Copy: ${label}`} />
    </p>
    <ScrollBox label={label} plain>
      <pre>
        <code>{text}</code>
      </pre>
    </ScrollBox>
  </div>
)

interface SaveProps {
  name: string
  type: string
  text: () => string
  children: string
}

/** Saves a text that the page has as a file. */
function SaveButton({ name, type, text, children }: SaveProps) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([text()], { type }))
    const link = document.createElement('a')
    link.href = url
    link.download = `mayday-${name}`
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <button type="button" class="button small" onClick={save}>
      {children}
    </button>
  )
}
