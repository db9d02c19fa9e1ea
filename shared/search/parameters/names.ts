// Resolves the names in parameters: the permission and the existence of fields are decided here.
import { findSearchField, type SearchField } from '../fields.ts'
import type { Ignored } from '../query.ts'
import type { ParseOptions } from './options.ts'
import { argumentError, quoted } from './problems.ts'

export class Names {
  readonly ignored: Ignored[] = []
  /** Refused names. */
  readonly refused = new Set<string>()
  private readonly options: ParseOptions

  constructor(options: ParseOptions) {
    this.options = options
  }

  /**
   * The field that a parameter's name contains; undefined if it is dropped or refused.
   * @param shown how `ignored` names it
   */
  inName(name: string, shown: string): SearchField | undefined {
    const field = findSearchField(name)
    if (!field) {
      this.drop(shown, 'unknown')
      return undefined
    }
    return this.permitted(field, shown)
  }

  /** As `inName`, for a name in a parameter's value, which `unknown: 'refuse'` concerns. */
  inValue(name: string, shown: string): SearchField | undefined {
    if (this.options.unknown === 'refuse' && !findSearchField(name)) throw unknownField(name)
    return this.inName(name, shown)
  }

  drop(name: string, why: Ignored['why']): void {
    this.ignored.push({ name, why })
  }

  private permitted(field: SearchField, shown: string): SearchField | undefined {
    if (field.public || this.options.protected === 'allow') return field
    if (this.options.protected === 'refuse') this.refused.add(field.name)
    else this.drop(shown, 'protected')
    return undefined
  }
}

export const unknownField = (name: string) => argumentError(name, `Unknown field ${quoted(name)}`)
