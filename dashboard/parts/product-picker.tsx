// Links to the same page for one product, or for all of them.

interface ProductPickerProps {
  names: readonly string[]
  /** Undefined: all products. */
  current: string | undefined
  hrefOf: (name?: string) => string
}

export function ProductPicker({ names, current, hrefOf }: ProductPickerProps) {
  return (
    <nav class="picker" aria-label="Products">
      {[undefined, ...names].map((name) => (
        <a key={name ?? ''} href={hrefOf(name)} aria-current={name === current ? 'true' : undefined}>
          {name ?? 'All products'}
        </a>
      ))}
    </nav>
  )
}
