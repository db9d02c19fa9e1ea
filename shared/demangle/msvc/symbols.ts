// Whole symbols of Microsoft's C++ names.
import { own } from '../../own.ts'
import { plain, textOf } from '../part.ts'
import { specialNames, typeInformation } from './tables.ts'
import { TypeReader } from './types.ts'

/** Placeholders for the name of the class, and for the type of a conversion, until they are known. */
const constructorName = '\0c'
const destructorName = '\0d'
const conversionName = '\0v'

/** `Foo<int>` to `Foo`. */
const withoutArguments = (name: string): string => {
  const at = name.indexOf('<', 1)
  return at < 0 || name.startsWith('operator') ? name : name.slice(0, at).trimEnd()
}

/** Reads symbols, which start with `?`. */
export class SymbolReader extends TypeReader {
  symbol(): string {
    const text = this.symbolText()
    // Import libraries and older compilers append marks of their own.
    return this.isAtEnd ? text : this.fail()
  }

  protected symbolText(): string {
    return this.nested(() => {
      this.expect('?')
      if (this.looksAt('?_C')) return this.stringLiteral()
      if (this.take('?_R')) return this.information()
      if (this.take('?__E')) return this.initializer('dynamic initializer')
      if (this.take('?__F')) return this.initializer('dynamic atexit destructor')
      const isTemplate = this.looksAt('?$')
      const name = this.qualified(this.unqualified())
      return this.encoded({ name, isTemplate })
    })
  }

  /** A plain function in a scope is printed without parameters. */
  protected addressText(): string {
    const text = this.symbolText()
    const name = /^((?:\w+::)+\w+)\([^()]*\)$/.exec(text)?.[1]
    return name === undefined && text.endsWith(')') ? `&(${text})` : `&${name ?? text}`
  }

  private unqualified(): string {
    if (this.isDigit()) return this.knownName()
    if (this.looksAt('?$')) return this.template()
    if (this.take('?')) return this.specialName()
    return this.remember(this.simpleName())
  }

  protected specialName(): string {
    if (this.take('0')) return constructorName
    if (this.take('1')) return destructorName
    if (this.take('B')) return conversionName
    if (this.take('__K')) return `operator"" ${this.simpleName()}`
    const code = /^(?:__|_)?[0-9A-Z]/.exec(this.text.slice(this.at, this.at + 3))?.[0] ?? this.fail()
    const name = own(specialNames, code) ?? this.fail()
    this.at += code.length
    return name
  }

  /** The name in its scopes; constructors and destructors take that of the class. */
  private qualified(name: string): string {
    const scopes = this.scopes()
    const last = withoutArguments(scopes[scopes.length - 1] ?? '')
    const own = name.replace(constructorName, () => last).replace(destructorName, () => `~${last}`)
    if (own !== name && last === '') this.fail()
    return this.bounded([...scopes, own].join('::'))
  }

  private stringLiteral(): string {
    this.at = this.text.length
    return "`string'"
  }

  private information(): string {
    const kind = this.next()
    const what = own(typeInformation, kind) ?? this.fail()
    if (kind === '0') {
      const type = textOf(this.take('?') ? this.qualifiedType() : this.type())
      this.expect('@8')
      return `${type} ${what}`
    }
    if (kind === '1') for (let i = 0; i < 4; i++) this.integer()
    const scope = this.scopes().join('::')
    if (kind === '4') return `${scope}::${what}${this.tableOf()}`
    this.expect('8')
    return `${scope}::${what}`
  }

  /** The base class of a table: `{for Base}`. */
  private tableOf(): string {
    if (!/[67]/.test(this.next())) this.fail()
    if (!/[A-D]/.test(this.next())) this.fail()
    const bases: string[] = []
    while (!this.take('@')) bases.push(`\`${this.typeName()}'`)
    return bases.length > 0 ? `{for ${bases.join("'s ")}}` : ''
  }

  private initializer(what: string): string {
    const isSymbol = this.looksAt('?')
    const name = isSymbol ? this.symbolText() : this.qualified(this.unqualified())
    if (isSymbol) {
      this.take('@')
      this.take('@')
    }
    return this.encoded({ name: `\`${what} for '${name}''`, isTemplate: false })
  }

  /** What the name belongs to: data is printed as its name, functions with parameters. */
  private encoded(symbol: Symbol): string {
    const { name } = symbol
    const kind = this.peek()
    if (/[0-4]/.test(kind)) return this.data(name)
    if (kind === '5') return this.guard(name)
    if (kind === '6' || kind === '7') return `${name}${this.tableOf()}`
    if (kind === '8') {
      this.next()
      return name
    }
    return this.functionText(symbol)
  }

  private data(name: string): string {
    this.next()
    this.type()
    this.skipMarks()
    if (!/[A-DQ-T]/.test(this.next())) this.fail()
    // Pointers to members repeat their class.
    if (!this.isAtEnd && !this.looksAt('@')) this.typeName()
    return name
  }

  private guard(name: string): string {
    this.next()
    const number = this.isAtEnd ? '' : `{${this.integer()}}`
    return `${name}${number}`
  }

  /** As in the Itanium ABI, only functions of templates have the type of their result. */
  private functionText({ name, isTemplate }: Symbol): string {
    if (this.take('9')) return name
    const access = this.take('$') ? this.displaced() : this.access()
    const after = access.hasThis ? this.thisQualifiers() : ''
    if (access.isEmpty) return name
    const { result, parameters } = this.signature()
    const called = name.replace(conversionName, () => `operator ${result ? textOf(result) : this.fail()}`)
    const shown = isTemplate && result && called === name ? result : plain('')
    const gap = shown.left === '' || shown.right !== '' ? '' : ' '
    return this.bounded(`${access.before}${shown.left}${gap}${called}${parameters}${after}${shown.right}`)
  }

  private access(): Access {
    const kind = this.next()
    if (!/[A-Z]/.test(kind)) this.fail()
    const isGlobal = kind === 'Y' || kind === 'Z'
    const group = isGlobal ? -1 : (kind.charCodeAt(0) - 65) % 8
    if (group >= 6) this.integer()
    return {
      hasThis: !isGlobal && group !== 2 && group !== 3,
      before: group >= 6 ? 'non-virtual thunk to ' : '',
      isEmpty: false,
    }
  }

  /** Thunks that correct `this` by a number in the object, and those that call through a table. */
  private displaced(): Access {
    if (this.take('B')) {
      this.integer()
      this.expect('A')
      if (!/[A-Z]/.test(this.next())) this.fail()
      return { hasThis: false, before: '', isEmpty: true }
    }
    const count = this.take('R') ? 4 : 2
    if (!/[0-5]/.test(this.next())) this.fail()
    for (let i = 0; i < count; i++) this.integer()
    return { hasThis: true, before: 'virtual thunk to ', isEmpty: false }
  }
}

/** A name in its scopes. */
interface Symbol {
  name: string
  isTemplate: boolean
}

interface Access {
  hasThis: boolean
  before: string
  /** Nothing follows. */
  isEmpty: boolean
}
