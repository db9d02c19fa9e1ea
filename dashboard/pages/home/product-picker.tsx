// Links to the same page for one product, or for all of them.
import { labelOf } from '../../../shared/fields/fields.ts'
import { navigate } from '../../router.ts'
import { FilterBar, SelectField } from '../../parts/forms/filters.tsx'

interface ProductPickerProps {
  names: readonly string[]
  /** Undefined: all products. */
  current: string | undefined
  hrefOf: (name?: string) => string
}

/** More products than this are a select: chips would fill the screen. */
const mostChips = 8

export function ProductPicker({ names, current, hrefOf }: ProductPickerProps) {
  if (names.length > mostChips)
    return (
      <FilterBar label="Products">
        <SelectField
          id="product-picker"
          label={labelOf('product')}
          value={current ?? ''}
          options={[['', 'All products'], ...names.map((name) => [name, name] as const)]}
          onChange={(name) => navigate(hrefOf(name || undefined))}
        />
      </FilterBar>
    )
  return (
    <nav class="picker" aria-label="Products">
      {[undefined, ...names].map((name) => (
        <a key={name ?? ''} href={hrefOf(name)} aria-current={name === current ? 'true' : undefined}>
          <bdi>{name ?? 'All products'}</bdi>
        </a>
      ))}
    </nav>
  )
}
