// What users wrote, for holders of a token: from the server, which alone has protected fields.
import { useEffect, useState } from 'preact/hooks'
import { own } from '../../../../shared/own.ts'
import type { Answer } from '../../../../shared/search/answer.ts'
import type { Query } from '../../../../shared/search/query.ts'
import { formatTime, plural } from '../../../model/format.ts'
import { hitText } from '../../../model/search/export.ts'
import { type PageSearch, readPageSearch } from '../../../model/search/page-search.ts'
import { type Column, DataTable } from '../../../parts/tables/data-table.tsx'
import { ForgetToken, TokenForm } from '../../../parts/forms/token-form.tsx'
import { reportHref } from '../../../route.ts'
import { fetchAnswer } from '../../../searching.ts'

type Hit = Answer['hits'][number]

const textOf = (hit: Hit, name: string) => hitText(own(hit, name)) ?? ''

const columns: Column<Hit>[] = [
  {
    key: 'date',
    title: 'Report',
    header: true,
    first: 'descending',
    value: (hit) => textOf(hit, 'date'),
    cell: (hit) => (
      <a class="nowrap" href={reportHref(textOf(hit, 'uuid'))}>
        {formatTime(textOf(hit, 'date'))}
      </a>
    ),
  },
  {
    key: 'user_comments',
    title: 'Comment',
    wide: true,
    value: (hit) => textOf(hit, 'user_comments'),
    cell: (hit) => <bdi>{textOf(hit, 'user_comments')}</bdi>,
  },
  { key: 'version', title: 'Version', value: (hit) => textOf(hit, 'version') },
  { key: 'useragent_locale', title: 'Language', value: (hit) => textOf(hit, 'useragent_locale') },
]

/** The newest comments in the days of the exploration. */
function commentsQuery({ parameters }: PageSearch): Query | null {
  const url = new URLSearchParams([...parameters].filter(([name]) => !name.startsWith('_')))
  url.append('user_comments', '!__null__')
  for (const { key } of columns) url.append('_columns', key)
  url.append('_columns', 'uuid')
  url.set('_facets_size', '0')
  url.set('_results_number', '200')
  return readPageSearch(url, { now: Date.now() * 1000, protected: 'allow' }).query
}

export function Comments({ search, token }: { search: PageSearch; token: string | null }) {
  return (
    <details class="fold" id="comments">
      <summary>
        <span class="fold-name">Comments</span> <span class="note">with a token</span>
      </summary>
      <div class="fold-body">
        {token === null ? (
          <TokenForm
            id="comments-token"
            label="Token with the permission view_pii"
            action="Show the comments"
          />
        ) : (
          <CommentList search={search} token={token} />
        )}
      </div>
    </details>
  )
}

function CommentList({ search, token }: { search: PageSearch; token: string }) {
  const [shown, setShown] = useState<Answer | string | null>(null)
  const key = search.parameters.toString()
  useEffect(() => {
    const stop = new AbortController()
    const query = commentsQuery(search)
    setShown(null)
    if (query)
      fetchAnswer(query, stop.signal, token).then(setShown, (error: Error) => {
        if (!stop.signal.aborted) setShown(error.message)
      })
    return () => stop.abort()
  }, [key, token])
  return (
    <div role="status">
      <p class="note section-note">
        {typeof shown === 'string'
          ? `Comments are not shown: ${shown}`
          : shown
            ? `${plural(shown.total, 'report')} with a comment.`
            : 'Asking the server.'}{' '}
        <ForgetToken />
      </p>
      {shown !== null && typeof shown === 'object' && shown.hits.length > 0 && (
        <DataTable
          caption="What users wrote, the newest first"
          columns={columns}
          rows={shown.hits}
          rowKey={(hit) => textOf(hit, 'uuid')}
          pageSize={50}
        />
      )}
    </div>
  )
}
