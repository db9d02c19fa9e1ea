// Which facets and columns are shown, and what is counted; every choice changes the URL.
import { withValues } from '../../model/search/changes.ts'
import { titleOf } from '../../model/search/field-names.ts'
import { facetPlaces, nestedFacets, withNested, withoutNested } from '../../model/search/nested-facets.ts'
import { columnNames, facetNames, type PageSearch } from '../../model/search/page-search.ts'
import { SelectField } from '../../parts/forms/filters.tsx'
import { searchPageHref } from '../../route.ts'
import { navigate } from '../../router.ts'
import { AddName, type ListedName, NameList } from './name-list.tsx'

export function Options({ search: { parameters, query } }: { search: PageSearch }) {
  const go = (name: string, values: readonly string[]) =>
    navigate(searchPageHref(withValues(parameters, name, values)))
  return (
    <div class="search-options">
      <FacetNames parameters={parameters} go={go} />
      {query && <NestedNames parameters={parameters} facets={query.facets} />}
      <ColumnNames parameters={parameters} go={go} />
      <div class="search-line">
        <SelectField
          id="search-measure"
          label="Ordered and shared by"
          value={query?.measure ?? 'count'}
          options={[
            ['count', 'Reports received'],
            ['weight', 'Crashes, estimated'],
          ]}
          onChange={(measure) => go('_measure', measure === 'count' ? [] : [measure])}
        />
        <SelectField
          id="search-duplicates"
          label="Duplicates"
          value={query?.duplicates ?? 'exclude'}
          options={[
            ['exclude', 'not counted'],
            ['include', 'counted'],
          ]}
          onChange={(choice) => go('_duplicates', choice === 'exclude' ? [] : [choice])}
        />
      </div>
    </div>
  )
}

interface NamesProps {
  parameters: URLSearchParams
  go: (name: string, values: readonly string[]) => void
}

const FacetNames = ({ parameters, go }: NamesProps) => {
  const names = facetNames(parameters)
  return (
    <NameList title="Facets" id="facets" names={listed(names, { parameters, parameter: '_facets' })}>
      <AddName
        id="add-facets"
        label="Add to facets"
        choices={{
          label: 'What is counted',
          options: [
            ['', 'Values of'],
            ['_cardinality.', 'Number of values of'],
          ],
        }}
        onAdd={(name, kind) => names.includes(kind + name) || go('_facets', [...names, kind + name])}
      />
    </NameList>
  )
}

const ColumnNames = ({ parameters, go }: NamesProps) => {
  const names = columnNames(parameters)
  return (
    <NameList title="Columns" id="columns" names={listed(names, { parameters, parameter: '_columns' })}>
      <AddName
        id="add-columns"
        label="Add to columns"
        onAdd={(name) => names.includes(name) || go('_columns', [...names, name])}
      />
    </NameList>
  )
}

interface NestedProps {
  parameters: URLSearchParams
  facets: Parameters<typeof nestedFacets>[0]
}

/** Facets within the values of others. */
const NestedNames = ({ parameters, facets }: NestedProps) => (
  <NameList
    title="Within facets"
    id="nested"
    names={nestedFacets(facets).map((nested) => ({
      key: `${nested.parameter} ${nested.value}`,
      text: nested.title,
      without: searchPageHref(withoutNested(parameters, nested)),
    }))}
  >
    <AddName
      id="add-nested"
      label="Add within a facet"
      choices={{
        label: 'Within the values of',
        options: facetPlaces(facets).map(({ parameter, title }) => [parameter, title] as const),
      }}
      onAdd={(value, parameter) => navigate(searchPageHref(withNested(parameters, { parameter, value })))}
    />
  </NameList>
)

interface ListedOptions {
  parameters: URLSearchParams
  parameter: string
}

/** The last name cannot be removed: without one, the default would apply. */
const listed = (names: readonly string[], { parameters, parameter }: ListedOptions): ListedName[] =>
  names.map((name) => ({
    key: name,
    text: shownName(name),
    without:
      names.length > 1
        ? searchPageHref(
            withValues(
              parameters,
              parameter,
              names.filter((other) => other !== name),
            ),
          )
        : null,
  }))

const kinds: readonly (readonly [prefix: string, text: string])[] = [
  ['_cardinality.', 'distinct'],
  ['_histogram.', 'histogram of'],
]

function shownName(name: string): string {
  const kind = kinds.find(([prefix]) => name.startsWith(prefix))
  return kind ? `${kind[1]} ${titleOf(name.slice(kind[0].length))}` : titleOf(name)
}
