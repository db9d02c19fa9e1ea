// Names and whole symbols of the Itanium C++ ABI.
import { own } from '../../own.ts'
import { type Part, plain, textOf } from '../part.ts'
import { type EncodingOptions, ExpressionReader } from './expressions.ts'
import { nameSymbols, operators, typeSymbols } from './tables.ts'

/** A name while it is read. */
interface Name {
  part: Part
  /** The last part without arguments: constructors repeat it. */
  last: string
  /** It ends with arguments of a template, so the type of the result is mangled. */
  isTemplate: boolean
  /** A constructor, destructor or conversion, which has no type of the result. */
  hasNoResult: boolean
  /** Qualifiers of a method: ` const`, ` &`. */
  qualifiers: string
}

interface Unqualified {
  text: string
  /** The text without tags of the ABI. */
  bare: string
  hasNoResult: boolean
}

type Untagged = Omit<Unqualified, 'bare'>

const named = (part: Part, last = ''): Name => ({
  part,
  last,
  isTemplate: false,
  hasNoResult: false,
  qualifiers: '',
})

/** `a::Foo<int>` to `Foo`. */
function lastNameOf(text: string): string {
  let depth = 0
  let end = text.length
  for (let at = text.length - 1; at >= 0; at--) {
    const c = text[at]
    if (c === '>' && text[at - 1] !== '-') depth++
    else if (c === '<') {
      depth--
      if (depth === 0) end = at
    } else if (depth === 0 && c === ':') return text.slice(at + 1, end)
  }
  return text.slice(0, end)
}

/** Reads names and symbols. */
export class SymbolReader extends ExpressionReader {
  /** The name of a symbol that starts after `_Z`, with its clones. */
  symbol(): string {
    const part = this.encoding({})
    let text = textOf(part)
    for (let clone = this.clone(); clone !== null; clone = this.clone()) text += ` [clone ${clone}]`
    return this.isAtEnd ? this.bounded(text) : this.fail()
  }

  /** `.isra.0`, `.cold`, `.part.1.2`. */
  private clone(): string | null {
    const found = /^\.(?:[a-z_][a-z0-9_]*|\d+)(?:\.\d+)*/.exec(this.text.slice(this.at, this.at + 100))
    return found && this.take(found[0]) ? found[0] : null
  }

  private isNameEnd(): boolean {
    return this.isAtEnd || this.looksAt('E') || this.looksAt('.')
  }

  /** A function with parameters, data, or a symbol made by the compiler. */
  protected encoding(options: EncodingOptions): Part {
    return this.nested(() => {
      if (this.looksAt('T') || (this.looksAt('G') && /[VRAITr]/.test(this.peek(1)))) return this.special()
      const outer = this.templateArgs
      const isScoped = this.looksAt('N')
      const name = this.name(true)
      const isData = this.isNameEnd()
      const bare =
        options.isCall || (options.isAddress && isScoped && !name.isTemplate && name.qualifiers === '')
      const part = isData ? name.part : this.functionEncoding(name, options.isScope ?? false)
      this.templateArgs = outer
      return isData || bare ? { ...name.part, simple: !name.isTemplate } : part
    })
  }

  private functionEncoding(name: Name, isScope: boolean): Part {
    const hasResult = name.isTemplate && !name.hasNoResult
    const result = hasResult ? this.type() : null
    const parameters = this.parameters(() => this.isNameEnd() || this.looksAt('Q'))
    if (this.take('Q')) this.expression()
    const shown = result && !isScope ? result : plain('')
    return this.compose([name.part, ...parameters], ([text, ...types]) => {
      const gap = shown.left === '' || shown.right !== '' ? '' : ' '
      const call = `${text}(${types.join(', ')})${name.qualifiers}`
      return plain(`${shown.left}${gap}${call}${shown.right}`)
    })
  }

  private special(): Part {
    const code = this.slice(2)
    const ofType = own(typeSymbols, code)
    if (code === 'TA') return this.about(typeSymbols.TA!, this.templateObject())
    if (ofType !== undefined) return this.about(ofType, this.type())
    const ofName = own(nameSymbols, code)
    if (code === 'GA') return this.about('hidden alias for ', this.encoding({}))
    if (ofName !== undefined) return this.about(ofName, this.symbolName())
    switch (code) {
      case 'Th':
      case 'Tv':
        this.at--
        return this.thunk()
      case 'Tc':
        this.callOffset()
        this.callOffset()
        return this.about('covariant return thunk to ', this.encoding({}))
      case 'TC':
        return this.constructionTable()
      case 'GR': {
        const name = this.symbolName()
        const number = this.isNameEnd() ? 0 : this.sequence()
        return this.about(`reference temporary #${number} for `, name)
      }
      case 'GT': {
        const kind = this.next() === 'n' ? 'non-transaction' : 'transaction'
        return this.about(`${kind} clone for `, this.encoding({}))
      }
      default:
        return this.fail()
    }
  }

  private templateObject(): Part {
    if (this.looksAt('L')) return this.expressionPrimary()
    if (!this.take('X')) return this.type()
    const value = this.expression()
    this.expect('E')
    return value
  }

  private symbolName(): Part {
    return this.looksAt('T') || this.looksAt('G') ? this.encoding({}) : this.name(true).part
  }

  private about(text: string, part: Part): Part {
    return this.compose([part], ([of]) => plain(`${text}${of}`))
  }

  private thunk(): Part {
    const isVirtual = this.looksAt('v')
    this.callOffset()
    return this.about(isVirtual ? 'virtual thunk to ' : 'non-virtual thunk to ', this.encoding({}))
  }

  private callOffset(): void {
    const kind = this.next()
    if (kind !== 'h' && kind !== 'v') this.fail()
    this.offset()
    if (kind === 'v') this.offset()
  }

  private offset(): void {
    this.take('n')
    if (this.number() === null) this.fail()
    this.expect('_')
  }

  private constructionTable(): Part {
    const derived = this.type()
    this.number()
    this.expect('_')
    const base = this.type()
    return this.compose([base, derived], ([to, from]) => plain(`construction vtable for ${to}-in-${from}`))
  }

  /** `tagged`: the name's template arguments are what `T_` refers to from then on. */
  private name(tagged: boolean): Name {
    return this.nested(() => {
      if (this.looksAt('N')) return this.nestedName(tagged)
      if (this.looksAt('Z')) return this.localName(tagged)
      return this.unscopedName(tagged)
    })
  }

  protected className(): Part {
    return this.name(false).part
  }

  private unscopedName(tagged: boolean): Name {
    let name: Name
    let isNew = true
    if (this.looksAt('S') && !this.looksAt('St')) {
      const { part, last } = this.substitution(false)
      name = named(part, last ?? lastNameOf(textOf(part)))
      isNew = false
    } else {
      const scope = this.take('St') ? 'std::' : ''
      const { text, bare, hasNoResult } = this.unqualifiedName('')
      name = { ...named(plain(scope + text), bare), hasNoResult }
    }
    if (!this.looksAt('I')) return name
    if (isNew) this.remember(name.part)
    return { ...name, part: this.applied(name.part, tagged), isTemplate: true }
  }

  private applied(part: Part, tagged: boolean): Part {
    const args = this.templateArguments(tagged)
    return this.compose([part, args], ([text, list]) =>
      plain(`${text}${text!.endsWith('<') ? ' ' : ''}${list}`),
    )
  }

  private nestedName(tagged: boolean): Name {
    this.expect('N')
    const explicit = this.take('H')
    const cv = explicit ? '' : this.qualifiers()
    const reference = this.take('R') ? ' &' : this.take('O') ? ' &&' : ''
    let name: Name | null = null
    while (!this.take('E')) {
      this.step()
      const isBack = this.looksAt('S')
      name = this.extended(name, tagged)
      if (!isBack && !this.looksAt('E')) this.remember(name.part)
    }
    return name ? { ...name, qualifiers: `${cv}${reference}` } : this.fail()
  }

  /** The name with one more part. */
  private extended(name: Name | null, tagged: boolean): Name {
    const c = this.peek()
    if (c === 'I') {
      if (!name) this.fail()
      return { ...name!, part: this.applied(name!.part, tagged), isTemplate: true }
    }
    if (!name) {
      const start = this.firstScope()
      if (start) return start
    }
    this.take('M')
    if (this.looksAt('E') && name) return name
    const last = name ? name.last || lastNameOf(textOf(name.part)) : ''
    const { text, bare, hasNoResult } = this.unqualifiedName(last)
    const part = name ? this.compose([name.part], ([scope]) => plain(`${scope}::${text}`)) : plain(text)
    return { ...named(part, bare), hasNoResult }
  }

  private firstScope(): Name | null {
    if (this.take('St')) return named(plain('std'), 'std')
    if (this.looksAt('S')) {
      const { part, last } = this.substitution(true)
      return named(part, last ?? '')
    }
    if (this.looksAt('T') && /[_0-9A-Z]/.test(this.peek(1))) return named(this.templateParameter())
    if (this.looksAt('Dt') || this.looksAt('DT')) return named(this.type())
    return null
  }

  private localName(tagged: boolean): Name {
    this.expect('Z')
    const scope = this.encoding({ isScope: true })
    this.expect('E')
    const within = (part: Part, text = '') =>
      this.compose([scope, part], ([outer, inner]) => plain(`${outer}::${text}${inner}`))
    if (this.take('s')) {
      this.discriminator()
      return named(within(plain('string literal')))
    }
    let place = ''
    if (this.take('d')) place = `{default arg#${this.sequence('0123456789') + 1}}::`
    const name = this.name(tagged)
    this.discriminator()
    return { ...name, part: within(name.part, place) }
  }

  private discriminator(): void {
    if (this.take('__')) {
      this.number()
      this.expect('_')
    } else if (this.looksAt('_') && /\d/.test(this.peek(1))) {
      this.at++
      this.number()
    }
  }

  protected unqualifiedName(last: string): Unqualified {
    this.take('F')
    const isInternal = this.take('L')
    const { text, hasNoResult } = this.untaggedName(last)
    if (isInternal) this.discriminator()
    return { text: `${text}${this.tags()}`, bare: text, hasNoResult }
  }

  private untaggedName(last: string): Untagged {
    const c = this.peek()
    if (c >= '0' && c <= '9') return { text: this.sourceName(), hasNoResult: false }
    const code = this.text.slice(this.at, this.at + 2)
    if (/^C[1-5I]$/.test(code)) return this.constructorName(last)
    if (/^D[0-5]$/.test(code)) {
      this.at += 2
      return { text: `~${last}`, hasNoResult: true }
    }
    if (code === 'DC') return this.binding()
    if (c === 'U') return { text: this.unnamed(code), hasNoResult: false }
    return this.operator(code)
  }

  private constructorName(last: string): Untagged {
    this.expect('C')
    const inherits = this.take('I')
    this.next()
    return { text: inherits ? lastNameOf(textOf(this.type())) : last, hasNoResult: true }
  }

  private binding(): Untagged {
    this.expect('DC')
    const names: string[] = []
    while (!this.take('E')) names.push(this.sourceName())
    return { text: `[${names.join(', ')}]`, hasNoResult: false }
  }

  private unnamed(code: string): string {
    this.at += 2
    if (code === 'Ut') return `{unnamed type#${this.sequence('0123456789') + 1}}`
    if (code === 'Ub') {
      this.number()
      this.expect('_')
      return "'block-literal'"
    }
    if (code !== 'Ul') return this.fail()
    return this.lambda()
  }

  private lambda(): string {
    const { isLambda, lambdaParameters } = this
    const declared: { text: string; name: string }[] = []
    this.isLambda = true
    this.lambdaParameters = []
    while (this.looksAt('T') && /[kntpy]/.test(this.peek(1))) {
      declared.push(this.templateParameterDeclaration(declared.length))
      this.lambdaParameters = declared.map(({ name }) => name)
    }
    const parameters = this.parameters(() => this.looksAt('E'))
    this.isLambda = isLambda
    this.lambdaParameters = lambdaParameters
    this.expect('E')
    const list = declared.length > 0 ? `<${declared.map(({ text }) => text).join(', ')}>` : ''
    return `{lambda${list}(${parameters.map(textOf).join(', ')})#${this.sequence('0123456789') + 1}}`
  }

  private operator(code: string): Untagged {
    if (code === 'cv') return { text: `operator ${this.converted()}`, hasNoResult: true }
    if (/^v\d$/.test(code)) {
      this.at += 2
      return { text: `operator ${this.sourceName()}`, hasNoResult: false }
    }
    if (code === 'li') {
      this.at += 2
      return { text: `operator"" ${this.sourceName()}`, hasNoResult: false }
    }
    const [text] = own(operators, code) ?? this.fail()
    this.at += 2
    const name = text.trim()
    return { text: `operator${/^[a-z]/.test(name) ? ' ' : ''}${name}`, hasNoResult: false }
  }

  /** The type of a conversion. It may refer to arguments that only follow it, so it is read twice. */
  private converted(): string {
    this.expect('cv')
    const start = this.at
    const { known, templateArgs, isConversion } = this
    this.isConversion = true
    this.known = known.slice()
    this.templateArgs = []
    this.type()
    if (this.looksAt('I')) this.templateArguments(true)
    else this.templateArgs = templateArgs
    this.at = start
    this.known = known
    const text = textOf(this.type())
    this.isConversion = isConversion
    this.templateArgs = templateArgs
    return text
  }
}
