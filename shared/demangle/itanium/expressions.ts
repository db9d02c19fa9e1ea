// Expressions of the Itanium C++ ABI, as they occur in arguments of templates and in `decltype`.
import { own } from '../../own.ts'
import { flattened, type Part, plain, simple, textOf } from '../part.ts'
import { literalSuffixes, operators } from './tables.ts'
import { bracketed, TypeReader } from './types.ts'

/** An operand: in parentheses unless it is a name. */
const operand = (part: Part): Part => (part.simple ? part : wrap(part))

function wrap(part: Part): Part {
  if (part.pack) return { ...part, pack: part.pack.map(operand) }
  return plain(`(${textOf(part)})`)
}

/** How the name of a function is printed. */
export interface EncodingOptions {
  /** As the scope of a local name: without the type of the result. */
  isScope?: boolean
  /** As the operand of `&`: without parameters, if it is a plain function in a scope. */
  isAddress?: boolean
  /** As the called function: without parameters. */
  isCall?: boolean
}
const whole: EncodingOptions = {}

/** Reads expressions. */
export abstract class ExpressionReader extends TypeReader {
  protected abstract encoding(options: EncodingOptions): Part
  protected abstract unqualifiedName(last: string): { text: string }

  expression(): Part {
    return this.nested(() => {
      const c = this.peek()
      if (c === 'L') return this.expressionPrimary()
      if (c === 'T') return { ...this.templateParameter(), simple: false }
      const code = this.text.slice(this.at, this.at + 2)
      if (code === 'fp' || /^fL\d+p/.test(this.text.slice(this.at, this.at + 8)))
        return this.functionParameter()
      if (c === 'f') return this.fold()
      if (c >= '0' && c <= '9') return this.simpleName()
      return this.operation(code)
    })
  }

  /** Operations with a grammar of their own. */
  static readonly #operations: Readonly<Record<string, (reader: ExpressionReader, code: string) => Part>> = {
    at: (reader, code) => reader.ofType(code),
    cc: (reader, code) => reader.cast(code),
    cl: (reader) => reader.call(),
    cp: (reader) => reader.call(),
    cv: (reader) => reader.conversion(),
    dc: (reader, code) => reader.cast(code),
    di: (reader) => reader.designated(),
    dt: (reader) => reader.member('.'),
    gs: (reader) => reader.compose([reader.expression()], ([text]) => plain(`::${text}`)),
    il: (reader) => reader.compose(reader.untilE(), (texts) => simple(`{${texts.join(', ')}}`)),
    na: (reader) => reader.newExpression(),
    nw: (reader) => reader.newExpression(),
    on: (reader) => reader.operatorName(),
    pt: (reader) => reader.member('->'),
    rc: (reader, code) => reader.cast(code),
    sP: (reader, code) => reader.sizeOfPack(code),
    sZ: (reader, code) => reader.sizeOfPack(code),
    sc: (reader, code) => reader.cast(code),
    sp: (reader) => reader.expansion(reader.expression()),
    sr: (reader) => reader.scoped(),
    st: (reader, code) => reader.ofType(code),
    ti: (reader, code) => reader.ofType(code),
    tl: (reader) => reader.typedList(),
    tr: () => plain('throw'),
  }

  private operation(code: string): Part {
    this.at += 2
    return own(ExpressionReader.#operations, code)?.(this, code) ?? this.ordinary(code)
  }

  private ofType(code: string): Part {
    return this.compose([this.type()], ([text]) => plain(`${own(operators, code)![0]}(${text})`))
  }

  private cast(code: string): Part {
    return this.compose([this.type(), this.expression()], ([type, value]) =>
      plain(`${own(operators, code)![0]}${bracketed(type!)}(${value})`),
    )
  }

  private designated(): Part {
    return this.compose([this.simpleName(), this.expression()], ([name, value]) =>
      simple(`.${name}=${value}`),
    )
  }

  private ordinary(code: string): Part {
    const [text, count] = own(operators, code) ?? this.fail()
    if (count === 1) return this.unary(code, text)
    if (count === 2) return this.binary(code, text)
    if (count !== 3) this.fail()
    const parts = [operand(this.expression()), operand(this.expression()), operand(this.expression())]
    return this.compose(parts, ([test, yes, no]) => plain(`${test}?${yes} : ${no}`))
  }

  private unary(code: string, text: string): Part {
    const isPrefix = (code === 'pp' || code === 'mm') && this.take('_')
    if ((code === 'pp' || code === 'mm') && !isPrefix)
      return this.compose([operand(this.expression())], ([value]) => plain(`${value}${text}`))
    const address = code === 'ad' ? this.addressOfFunction() : null
    if (address) return address
    const inner = this.expression()
    const always = code === 'sz' || code === 'nx'
    return this.compose([always ? wrap(inner) : operand(inner)], ([value]) => plain(`${text}${value}`))
  }

  /** The address of a function in a scope is printed without its parameters. */
  private addressOfFunction(): Part | null {
    if (!/^LZ|^L_Z/.test(this.text.slice(this.at, this.at + 3))) return null
    this.at += this.looksAt('L_Z') ? 3 : 2
    const value = this.encoding({ ...whole, isAddress: true })
    this.expect('E')
    return this.compose([operand(value)], ([text]) => plain(`&${text}`))
  }

  private binary(code: string, text: string): Part {
    const parts = [operand(this.expression()), code === 'ix' ? this.expression() : operand(this.expression())]
    return this.compose(parts, ([left, right]) => {
      if (code === 'ix') return plain(`${left}[${right}]`)
      const value = `${left}${text}${right}`
      return plain(text.startsWith('>') && text.length === 1 ? `(${value})` : value)
    })
  }

  private untilE(): readonly Part[] {
    const parts: Part[] = []
    while (!this.take('E')) parts.push(this.expression())
    return flattened(parts)
  }

  private typedList(): Part {
    return this.compose([this.type(), ...this.untilE()], ([type, ...values]) =>
      plain(`${type}{${values.join(', ')}}`),
    )
  }

  private conversion(): Part {
    const type = this.type()
    if (!this.take('_')) {
      return this.compose([type, operand(this.expression())], ([to, value]) => plain(`(${to})${value}`))
    }
    return this.compose([type, ...this.untilE()], ([to, ...values]) => plain(`(${to})(${values.join(', ')})`))
  }

  private call(): Part {
    const called = this.looksAt('L_Z') ? this.calledFunction() : operand(this.expression())
    return this.compose([called, ...this.untilE()], ([name, ...values]) =>
      plain(`${name}(${values.join(', ')})`),
    )
  }

  private calledFunction(): Part {
    this.expect('L_Z')
    const name = this.encoding({ ...whole, isCall: true })
    this.expect('E')
    return this.compose([operand(name)], ([text]) => plain(text!))
  }

  private member(mark: string): Part {
    const object = operand(this.expression())
    const name = operand(this.expression())
    return this.compose([object, name], ([from, to]) => plain(`${from}${mark}${to}`))
  }

  private newExpression(): Part {
    const places: Part[] = []
    while (!this.take('_')) places.push(this.expression())
    const type = this.type()
    const hasValues = this.take('pi')
    const list = !hasValues && this.looksAt('il') ? [this.expression()] : []
    const values = hasValues ? this.untilE() : list
    if (!hasValues && list.length === 0) this.expect('E')
    const flat = flattened(places)
    return this.compose([type, ...flat, ...values], ([made, ...texts]) => {
      const at = flat.length > 0 ? `(${texts.slice(0, flat.length).join(', ')}) ` : ''
      const given = texts.slice(flat.length).join(', ')
      return plain(`new ${at}${made}${hasValues ? `(${given})` : given}`)
    })
  }

  private sizeOfPack(code: string): Part {
    if (code === 'sP') return plain(String(this.argumentsUntilE().length))
    const pack = this.looksAt('T') ? this.templateParameter() : this.expression()
    if (pack.pack) return plain(String(pack.pack.length))
    return this.compose([pack], ([text]) => plain(`sizeof...(${text})`))
  }

  private argumentsUntilE(): readonly Part[] {
    const parts: Part[] = []
    while (!this.take('E')) parts.push(this.type())
    return flattened(parts)
  }

  private functionParameter(): Part {
    if (this.take('fpT')) return simple('this')
    if (this.take('fL')) {
      this.number()
      this.expect('p')
    } else this.expect('fp')
    this.qualifiers()
    return simple(`{parm#${this.sequence('0123456789') + 1}}`)
  }

  private fold(): Part {
    this.expect('f')
    const kind = this.next()
    const [text] = own(operators, this.slice(2)) ?? this.fail()
    const first = this.folded()
    if (kind === 'l') return plain(`(...${text}${first})`)
    if (kind === 'r') return plain(`(${first}${text}...)`)
    if (kind !== 'L' && kind !== 'R') this.fail()
    return plain(this.bounded(`(${first}${text}...${text}${this.folded()})`))
  }

  /** All elements of a pack, as one operand. */
  private folded(): string {
    const part = this.expression()
    return part.simple ? textOf(part) : `(${textOf(part)})`
  }

  /** `sr`: a name in a type whose scopes are unknown until the template is used. */
  private scoped(): Part {
    const scopes: Part[] = []
    if (this.take('N')) {
      scopes.push(this.type())
      while (!this.take('E')) scopes.push(this.simpleName())
    } else scopes.push(...(this.levels() ?? [this.type()]))
    const isLevel = !scopes[0]!.pack && scopes[0]!.simple
    const name = this.scopedName()
    const make = isLevel && !name.simple ? plain : simple
    return this.compose([...scopes, name], (texts) => make(texts.join('::')))
  }

  /** Names of scopes up to an `E` that a name follows; null if it is one type instead, as old compilers wrote it. */
  private levels(): Part[] | null {
    const { at, known } = this
    this.known = known.slice()
    const scopes: Part[] = []
    while (/\d/.test(this.peek())) scopes.push(this.simpleName())
    if (scopes.length > 0 && this.take('E') && /^(?:\d|on|dn)/.test(this.text.slice(this.at, this.at + 2)))
      return scopes
    this.at = at
    this.known = known
    return null
  }

  /** The name after `on`. */
  private operatorName(): Part {
    return this.withArguments(plain(this.unqualifiedName('').text))
  }

  private scopedName(): Part {
    if (this.take('on')) return this.operatorName()
    if (!this.take('dn')) return this.simpleName()
    const destroyed = /\d/.test(this.peek()) ? this.simpleName() : this.type()
    return this.compose([destroyed], ([text]) => simple(`~${text}`))
  }

  /** A name, or that of an operator, with arguments. */
  private simpleName(): Part {
    return this.withArguments(simple(this.unqualifiedName('').text))
  }

  private withArguments(name: Part): Part {
    if (!this.looksAt('I')) return name
    return this.compose([name, this.templateArguments(false)], (texts) => plain(texts.join('')))
  }

  /** A literal: `5u`, `(Color)1`, the name of a function or variable. */
  protected expressionPrimary(): Part {
    this.expect('L')
    if (this.take('_Z') || this.take('Z')) {
      const value = this.encoding(whole)
      this.expect('E')
      return value
    }
    const type = this.type()
    return this.compose([type], ([text]) => this.literal(text!))
  }

  private literal(type: string): Part {
    const start = this.at
    const end = this.text.indexOf('E', start)
    if (end < 0) this.fail()
    const written = this.text.slice(start, end)
    if (!/^n?\w*$/.test(written)) this.fail()
    this.at = end + 1
    const value = written.replace(/^n/, '-')
    if (type === 'bool' && (value === '0' || value === '1')) return plain(value === '1' ? 'true' : 'false')
    const suffix = own(literalSuffixes, type)
    if (suffix !== undefined) return plain(`${value}${suffix}`)
    if (type === 'decltype(nullptr)' && value === '') return plain(`(${type})`)
    return plain(
      /^(?:float|double|long double|__float128)$/.test(type) ? `(${type})[${value}]` : `(${type})${value}`,
    )
  }
}
