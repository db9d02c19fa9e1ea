// One field: what it means, where it comes from, how to search it.
import {
  type FieldEntry,
  type FieldSearch,
  findFieldEntry,
  prefixWords,
} from '../../model/reference/field-reference.ts'
import { Empty, PageHead, Section } from '../../parts/page.tsx'
import { fieldsHref, searchPageHref } from '../../route.ts'

/** @param name one that `findFieldEntry` knows, or not */
export function FieldPage({ name }: { name: string }) {
  const entry = findFieldEntry(name)
  if (!entry) return <UnknownField name={name} />
  return (
    <>
      <PageHead title={entry.title} over={<a href={fieldsHref()}>Fields</a>} under={entry.description} />
      <Facts entry={entry} />
      {entry.searches.map((search) => (
        <Search key={search.name} search={search} />
      ))}
    </>
  )
}

const UnknownField = ({ name }: { name: string }) => (
  <>
    <PageHead title="Field not found" over={<a href={fieldsHref()}>Fields</a>} />
    <Empty title="There is no such field">
      <p>
        No field, column or name in searches is <code>{name}</code>.
      </p>
    </Empty>
  </>
)

const Facts = ({ entry: { name, access, source, shape, columns } }: { entry: FieldEntry }) => (
  <dl class="facts">
    <dt>Name</dt>
    <dd>
      <code>{name}</code>
    </dd>
    <dt>Access</dt>
    <dd>{access === 'public' ? 'public: everyone sees it' : 'protected: needs a token'}</dd>
    <dt>Origin</dt>
    <dd>{source}</dd>
    <dt>Shape</dt>
    <dd>{shape}</dd>
    <dt>In SQL</dt>
    <dd>
      {columns.length === 0
        ? 'no column: only on the page of a report'
        : columns.map(({ table, name: column }) => (
            <p key={column}>
              <code>
                {table}.{column}
              </code>
            </p>
          ))}
    </dd>
  </dl>
)

function Search({ search: { name, prefixes, hasHistogram, ...search } }: { search: FieldSearch }) {
  return (
    <Section id={`search-${name}`} title={<>Search by {<code>{name}</code>}</>}>
      {search.public ? (
        <p>
          <a href={searchPageHref(new URLSearchParams({ _facets: name }))}>Its most frequent values</a>
          {hasHistogram && ', or a histogram with '}
          {hasHistogram && <code>{`_histogram.${name}`}</code>}
        </p>
      ) : (
        <p class="note">Searches need a token with the permission to view personal data.</p>
      )}
      <table class="plain">
        <caption class="visually-hidden">Operators</caption>
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">Finds reports where the field</th>
          </tr>
        </thead>
        <tbody>
          {prefixes.map((prefix) => (
            <tr key={prefix}>
              <td>
                <code>
                  {name}={prefix}
                  {prefix.startsWith('_') ? '' : 'value'}
                </code>
              </td>
              <td>{prefixWords.get(prefix)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
