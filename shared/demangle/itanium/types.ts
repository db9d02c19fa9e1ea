// Types of the Itanium C++ ABI.
import { own } from '../../own.ts'
import { Cursor } from '../cursor.ts'
import {
  arrayOf,
  compose,
  flattened,
  functionOf,
  listOf,
  type Part,
  packOf,
  plain,
  pointerTo,
  qualified,
  referenceTo,
  simple,
  textOf,
} from '../part.ts'
import { builtinTypes, standardNames } from './tables.ts'

const base36 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** `a>` to `a> >`: two closing brackets are never together. */
export const bracketed = (inside: string): string => (inside.endsWith('>') ? `<${inside} >` : `<${inside}>`)

/** Reads types; names and expressions are read by classes that extend it. */
export abstract class TypeReader extends Cursor {
  /** Back references: `S_`, `S0_`, … */
  protected known: Part[] = []
  /** Arguments of the template whose name is read: `T_`, `T0_`, … */
  protected templateArgs: readonly Part[] = []
  /** Known types that contain `T_`, by index: another template, or a lambda, has other arguments for it. */
  readonly #origins = new Map<number, { start: number; args: readonly Part[]; isLambda: boolean }>()
  #parameterUses = 0
  /** In the parameters of a lambda, `T_` is its first `auto`. */
  protected isLambda = false
  /** The names of its declared ones. */
  protected lambdaParameters: readonly string[] = []
  /** The type of a conversion operator: arguments after `T_` are those of the operator. */
  protected isConversion = false

  protected abstract expression(): Part
  /** The name of a class or enum, known as far as its scopes. */
  protected abstract className(): Part

  protected compose(parts: readonly Part[], make: (texts: readonly string[]) => Part): Part {
    return compose(
      parts,
      (count) => this.step(count),
      (composed) => {
        const part = make(composed.map(textOf))
        this.bounded(part.left)
        this.bounded(part.right)
        return part
      },
    )
  }

  protected remember(part: Part): Part {
    this.known.push(part)
    return part
  }

  /** `_`, `0_`, `1_`, … as 0, 1, 2, … */
  protected sequence(digits = base36): number {
    let value = 0
    let c = this.next()
    if (c === '_') return 0
    for (; c !== '_'; c = this.next()) {
      const digit = digits.indexOf(c)
      if (digit < 0 || value > 100_000) this.fail()
      value = value * digits.length + digit
    }
    return value + 1
  }

  type(): Part {
    return this.nested(() => {
      const quick = own(builtinTypes, this.peek())
      if (quick !== undefined) {
        this.at++
        return plain(quick)
      }
      const start = this.at
      const { length } = this.known
      const uses = this.#parameterUses
      const part = this.compound()
      const { templateArgs: args, isLambda } = this
      if (this.known.length > length && this.#parameterUses > uses)
        this.#origins.set(this.known.length - 1, { start, args, isLambda })
      return part
    })
  }

  private compound(): Part {
    switch (this.peek()) {
      case 'r':
      case 'V':
      case 'K':
        return this.qualifiedType()
      case 'P':
        this.at++
        return this.remember(pointerTo(this.type(), '*'))
      case 'R':
        this.at++
        return this.remember(referenceTo(this.type(), '&'))
      case 'O':
        this.at++
        return this.remember(referenceTo(this.type(), '&&'))
      case 'C':
        this.at++
        return this.remember(qualified(this.type(), ' _Complex'))
      case 'G':
        this.at++
        return this.remember(qualified(this.type(), ' _Imaginary'))
      case 'A':
        return this.remember(this.arrayType())
      case 'M':
        return this.remember(this.memberPointer())
      case 'F':
        return this.remember(this.functionType(''))
      case 'U':
        return this.remember(this.vendorQualified())
      case 'u':
        return this.remember(this.vendorType())
      case 'T':
        if (!/[sue]/.test(this.peek(1))) return this.templateParameterType()
        this.at += 2
        return this.remember(this.className())
      case 'D':
        return this.dType()
      default:
        return this.substitutedOrClass()
    }
  }

  private qualifiedType(): Part {
    const qualifiers = this.qualifiers()
    const isFunction = this.peek() === 'F' || /^D[xoOw]/.test(this.text.slice(this.at, this.at + 2))
    return this.remember(isFunction ? this.functionType(qualifiers) : qualified(this.type(), qualifiers))
  }

  /** `rVK` before a type, as text after it. */
  protected qualifiers(): string {
    const restrict = this.take('r') ? ' restrict' : ''
    const volatile = this.take('V') ? ' volatile' : ''
    return `${this.take('K') ? ' const' : ''}${volatile}${restrict}`
  }

  private arrayType(): Part {
    this.expect('A')
    let size: Part = plain('')
    if (!this.looksAt('_')) {
      const length = this.number()
      size = length === null ? this.expression() : plain(String(length))
    }
    this.expect('_')
    const element = this.type()
    return size.pack
      ? this.compose([size], ([text]) => arrayOf(element, text!))
      : arrayOf(element, textOf(size))
  }

  private memberPointer(): Part {
    this.expect('M')
    const owner = this.type()
    const member = this.type()
    if (!owner.pack) return pointerTo(member, `${textOf(owner)}::*`)
    return packOf(owner.pack.map((part, i) => pointerTo(member.pack?.[i] ?? member, `${textOf(part)}::*`)))
  }

  /** The exception specification before a function type: `noexcept`, `throw (…)`. */
  private exceptions(): string {
    if (this.take('Do')) return ' noexcept'
    if (this.take('DO')) {
      const condition = textOf(this.expression())
      this.expect('E')
      return ` noexcept(${condition})`
    }
    if (!this.take('Dw')) return ''
    const types: Part[] = []
    while (!this.take('E')) types.push(this.type())
    return ` throw(${flattened(types).map(textOf).join(', ')})`
  }

  protected functionType(before: string): Part {
    const exceptions = this.exceptions()
    const transaction = this.take('Dx') ? ' transaction_safe' : ''
    this.expect('F')
    this.take('Y')
    const result = this.type()
    const parameters = this.parameters(() => this.looksAt('E') || this.looksAt('RE') || this.looksAt('OE'))
    const reference = this.take('R') ? ' &' : this.take('O') ? ' &&' : ''
    this.expect('E')
    return this.composeFunction(result, parameters, before + reference + transaction + exceptions)
  }

  private composeFunction(result: Part, parameters: readonly Part[], after: string): Part {
    const build = ([head, ...rest]: readonly Part[]) =>
      functionOf(head!, `(${rest.map(textOf).join(', ')})${after}`)
    return compose(
      [result, ...parameters],
      (count) => this.step(count),
      (parts) => {
        const part = build(parts)
        this.bounded(part.right)
        return part
      },
    )
  }

  /** Types of parameters; none for `v`. */
  protected parameters(isEnd: () => boolean): readonly Part[] {
    const types: Part[] = []
    do types.push(this.type())
    while (!this.isAtEnd && !isEnd())
    const only = types[0]!
    if (types.length === 1 && !only.pack && !only.items && textOf(only) === 'void') return []
    return flattened(types)
  }

  private vendorQualified(): Part {
    this.expect('U')
    const name = this.sourceName()
    const args = this.looksAt('I') ? textOf(this.templateArguments(false)) : ''
    return this.wordAfter(this.type(), name, args)
  }

  private wordAfter(type: Part, name: string, args: string): Part {
    if (name.startsWith('objcproto'))
      return plain(`id<${name.slice('objcproto'.length).replace(/^\d+/, '')}>`)
    return qualified(type, ` ${name}${args}`)
  }

  private vendorType(): Part {
    this.expect('u')
    const name = this.sourceName()
    if (!this.looksAt('I')) return plain(name)
    return this.compose([plain(name), this.templateArguments(false)], (texts) => plain(texts.join('')))
  }

  protected sourceName(): string {
    const length = this.number()
    if (length === null || length === 0) this.fail()
    const name = this.slice(length!)
    return /^_GLOBAL_[._$]N/.test(name) ? '(anonymous namespace)' : name
  }

  /** `B…`: tags of the ABI. */
  protected tags(): string {
    let text = ''
    while (this.take('B')) text += `[abi:${this.sourceName()}]`
    return text
  }

  private templateParameterType(): Part {
    const parameter = this.remember(this.templateParameter())
    if (!this.looksAt('I') || this.isLambda || this.isConversion) return parameter
    // A template as a parameter of a template.
    return this.remember(
      this.compose([parameter, this.templateArguments(false)], (texts) => plain(texts.join(''))),
    )
  }

  protected templateParameter(): Part {
    this.expect('T')
    if (this.take('L')) {
      this.sequence('0123456789')
      this.step()
    }
    const index = this.sequence()
    this.#parameterUses++
    if (this.isLambda) return plain(this.lambdaParameters[index] ?? `auto:${index + 1}`)
    return this.templateArgs[index] ?? (this.isConversion ? plain('auto') : this.fail())
  }

  private dType(): Part {
    const code = this.text.slice(this.at, this.at + 2)
    const builtin = own(builtinTypes, code)
    if (builtin !== undefined) {
      this.at += 2
      return plain(builtin)
    }
    if (/^D[xoOw]/.test(code)) return this.remember(this.functionType(''))
    this.at += 2
    switch (code) {
      case 'Dt':
      case 'DT':
        return this.remember(this.decltype())
      case 'Dp':
        return this.remember(this.expansion(this.type()))
      case 'Dv':
        return this.remember(this.vector())
      case 'DF':
        return this.floatType()
      case 'DB':
      case 'DU':
        return this.bitInteger(code === 'DU' ? 'unsigned _BitInt' : '_BitInt')
      default:
        return this.fail()
    }
  }

  private decltype(): Part {
    const inner = this.expression()
    this.expect('E')
    return this.compose([inner], ([text]) => plain(`decltype (${text})`))
  }

  /** The elements of a pack, or the pattern with dots if the pack is unknown. */
  protected expansion(pattern: Part): Part {
    if (pattern.pack) return listOf(pattern.pack)
    return plain(pattern.simple ? `${textOf(pattern)}...` : `(${textOf(pattern)})...`)
  }

  private vector(): Part {
    let size: Part
    if (this.take('_')) size = this.expression()
    else size = plain(String(this.number() ?? this.fail()))
    this.expect('_')
    const element = this.take('p') ? plain('pixel') : this.type()
    return this.compose([element, size], ([type, count]) => plain(`${type} __vector(${count})`))
  }

  private floatType(): Part {
    if (this.take('16b')) return plain('std::bfloat16_t')
    const bits = this.number() ?? this.fail()
    const extended = this.take('x') ? 'x' : ''
    if (extended === '') this.expect('_')
    return plain(`_Float${bits}${extended}`)
  }

  private bitInteger(name: string): Part {
    const bits = this.number()
    const size = bits === null ? textOf(this.expression()) : String(bits)
    this.expect('_')
    return plain(`${name}(${size})`)
  }

  private substitutedOrClass(): Part {
    if (this.peek() !== 'S' || this.peek(1) === 't') return this.remember(this.className())
    const start = this.at
    const part = this.substitution(false)
    if (this.looksAt('I')) {
      this.at = start
      return this.remember(this.className())
    }
    return part.part
  }

  /** A back reference or a standard abbreviation, with its last name; the full name on request. */
  protected substitution(full: boolean): { part: Part; last: string | null } {
    this.expect('S')
    const standard = own(standardNames, this.peek())
    if (standard) {
      this.at++
      const isFull = full && /[CD]/.test(this.peek())
      const part = simple(`${standard[isFull ? 1 : 0]}${this.tags()}`)
      return { part, last: standard[2] }
    }
    const index = this.sequence()
    const part = this.known[index] ?? this.fail()
    const origin = this.#origins.get(index)
    if (!origin) return { part, last: null }
    this.#parameterUses++
    const isSame = origin.args === this.templateArgs && origin.isLambda === this.isLambda
    return { part: isSame ? part : this.reread(origin.start), last: null }
  }

  private reread(start: number): Part {
    const { at, known } = this
    this.at = start
    this.known = known.slice()
    const part = this.type()
    this.at = at
    this.known = known
    return part
  }

  /** `<…>` of a template. `tagged`: they are what `T_` refers to from here on. */
  protected templateArguments(tagged: boolean): Part {
    this.expect('I')
    const args: Part[] = []
    const outer = this.templateArgs
    const listed: Part[] = []
    if (tagged) this.templateArgs = listed
    while (!this.take('E')) {
      if (this.take('Q')) {
        this.expression() // Constraints do not belong to the name.
        continue
      }
      const argument = this.nested(() => this.templateArgument())
      args.push(argument)
      listed.push(argument.items ? packOf(argument.items) : argument)
    }
    this.templateArgs = tagged ? listed : outer
    return this.compose(flattened(args), (texts) => plain(bracketed(texts.join(', '))))
  }

  private templateArgument(): Part {
    switch (this.peek()) {
      case 'L':
        return this.expressionPrimary()
      case 'X': {
        this.at++
        const value = this.expression()
        this.expect('E')
        return value
      }
      case 'J':
      case 'I':
        return this.argumentPack()
      case 'T':
        if (/[kntpy]/.test(this.peek(1))) {
          this.templateParameterDeclaration()
          return this.templateArgument()
        }
        return this.type()
      default:
        return this.type()
    }
  }

  protected abstract expressionPrimary(): Part

  /** The declaration of a parameter of a generic lambda; the parameter has the given number. */
  protected templateParameterDeclaration(number = 0): { text: string; name: string } {
    this.expect('T')
    const kind = this.next()
    const declared = (text: string, name: string) => ({ text: `${text} ${name}`, name })
    if (kind === 'y') return declared('typename', `$T${number}`)
    if (kind === 'n') return declared(textOf(this.type()), `$N${number}`)
    if (kind === 'k') return declared(textOf(this.className()), `$T${number}`)
    if (kind === 'p') {
      const { text, name } = this.templateParameterDeclaration(number)
      return { text: text.replace(' $', '... $'), name }
    }
    if (kind !== 't') return this.fail()
    const inner: string[] = []
    while (!this.take('E')) inner.push(this.templateParameterDeclaration().text.replace(/ \$\w+$/, ''))
    return declared(`template<${inner.join(', ')}> class`, `$TT${number}`)
  }

  private argumentPack(): Part {
    this.at++
    const items: Part[] = []
    while (!this.take('E')) items.push(this.nested(() => this.templateArgument()))
    return listOf(flattened(items))
  }
}
