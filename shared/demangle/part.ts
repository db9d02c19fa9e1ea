// Texts of C++ types: before and after a declarator, for one type or for each of a parameter pack.

/** A type, name or expression. */
export interface Part {
  /** Text before the declarator: `void (*`. */
  left: string
  /** Text after it: `)(int)`. */
  right: string
  /** What the right side starts with, while a pointer to it needs parentheses. */
  shape: 'plain' | 'function' | 'array'
  /** For references: what is referred to, and how. */
  reference: { kind: '&' | '&&'; to: Part } | null
  /** An expression that needs no parentheses as an operand. */
  simple: boolean
  /** The elements of a parameter pack that is not expanded: the other texts do not count. */
  pack: readonly Part[] | null
  /** Elements that a list takes as its own: an argument pack, or an expanded pack. */
  items: readonly Part[] | null
}

const base: Omit<Part, 'left'> = {
  right: '',
  shape: 'plain',
  reference: null,
  simple: false,
  pack: null,
  items: null,
}

export const plain = (left: string): Part => ({ ...base, left })
export const simple = (left: string): Part => ({ ...base, left, simple: true })
const declarator = (left: string, right: string, shape: Part['shape'] = 'plain'): Part => ({
  ...base,
  left,
  right,
  shape,
})
export const packOf = (pack: readonly Part[]): Part => ({ ...base, left: '', pack })
export const listOf = (items: readonly Part[]): Part => ({ ...base, left: '', items })

/** The whole text; elements of packs are separated by commas. */
export function textOf(part: Part): string {
  const { pack, items } = part
  if (pack || items) return (pack ?? items)!.map(textOf).join(', ')
  return part.left + part.right
}

/** The parts with elements of lists in place of the lists. */
export const flattened = (parts: readonly Part[]): readonly Part[] =>
  parts.some(({ items }) => items)
    ? parts.flatMap((part) => (part.items ? flattened(part.items) : [part]))
    : parts

/** Applies a function to a part, or to each element of a pack. */
const each = (part: Part, make: (part: Part) => Part): Part =>
  part.pack ? packOf(part.pack.map((element) => each(element, make))) : make(part)

/**
 * Composes parts; with packs among them, element by element.
 * @param count is called with the number of elements
 */
export function compose(
  parts: readonly Part[],
  count: (elements: number) => void,
  make: (parts: readonly Part[]) => Part,
): Part {
  if (!parts.some(({ pack }) => pack)) {
    count(1)
    return make(parts)
  }
  count(parts.length)
  const length = Math.min(...parts.flatMap(({ pack }) => (pack ? [pack.length] : [])))
  return packOf(
    Array.from({ length }, (_, i) =>
      compose(
        parts.map((part) => part.pack?.[i] ?? part),
        count,
        make,
      ),
    ),
  )
}

/** A pointer, or another declarator such as `A::*`. */
export const pointerTo = (target: Part, mark: string): Part =>
  each(target, (part) => {
    if (part.shape === 'plain') {
      const gap = /^[*&]/.test(mark) || part.left.endsWith('(') ? '' : ' '
      return declarator(part.left + gap + mark, part.right)
    }
    const gap = (part.shape === 'array' ? /[ (]$/ : /[ (*]$/).test(part.left) ? '' : ' '
    return declarator(`${part.left}${gap}(${mark}`, `)${part.right}`)
  })

/** A reference; references to references collapse. */
export const referenceTo = (target: Part, kind: '&' | '&&'): Part =>
  each(target, (part) => {
    if (part.reference) {
      const { kind: inner, to } = part.reference
      return inner === '&' || kind === '&&' ? part : referenceTo(to, '&')
    }
    return { ...pointerTo(part, kind), reference: { kind, to: part } }
  })

/** A type with a qualifier such as ` const`; of a function the qualifier follows the parameters. */
export const qualified = (target: Part, qualifier: string): Part =>
  each(target, (part) => {
    if (part.shape === 'function') return { ...part, right: part.right + qualifier }
    if (part.left.endsWith(qualifier) || (part.reference && /const|volatile/.test(qualifier))) return part
    return { ...part, left: part.left + qualifier, reference: null }
  })

export const arrayOf = (element: Part, size: string): Part =>
  each(element, (part) =>
    declarator(
      part.left,
      part.shape === 'array' ? ` [${size}]${part.right.slice(1)}` : ` [${size}]${part.right}`,
      'array',
    ),
  )

/** A function type with the text of its parameters. */
export const functionOf = (result: Part, parameters: string): Part =>
  declarator(result.right === '' ? `${result.left} ` : result.left, parameters + result.right, 'function')
