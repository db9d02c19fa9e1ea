// The form of lists that are filtered by a part of the name and a product.
import { FilterBar, SearchField, SelectField } from './filters.tsx'

export interface NameFilters {
  q?: string | undefined
  product?: string | undefined
}

interface NameFilterBarProps {
  filters: NameFilters
  products: readonly string[]
  /** `replace`: without a new entry in the history. */
  onChange: (changes: NameFilters, replace: boolean) => void
}

export const NameFilterBar = ({ filters: { q, product }, products, onChange }: NameFilterBarProps) => (
  <FilterBar label="Filters">
    <SearchField
      id="filter-text"
      label="Contains"
      value={q ?? ''}
      onChange={(text) => onChange({ q: text }, true)}
    />
    <SelectField
      id="filter-product"
      label="Product"
      value={product ?? ''}
      options={optionsOf(products, product)}
      onChange={(chosen) => onChange({ product: chosen }, false)}
    />
  </FilterBar>
)

const optionsOf = (products: readonly string[], chosen: string | undefined) =>
  ['', ...new Set([...products, ...(chosen === undefined ? [] : [chosen])])].map(
    (name) => [name, name || 'All products'] as const,
  )
