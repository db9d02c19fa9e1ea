// The text of a Swift name, as `swift demangle` prints it.
import { NotMangled } from '../cursor.ts'
import { nameText } from './symbols.ts'
import type { Node } from './tree.ts'

/** Nodes to print in one name: back references could repeat parts without end. */
const maxNodes = 20_000

/** Prints one name. */
export class Printer {
  #nodes = 0

  names(nodes: readonly Node[]): string {
    return nodes.map((part) => this.#text(part)).join('')
  }

  #text(part: Node): string {
    if (++this.#nodes > maxNodes) throw new NotMangled('too many parts')
    switch (part.kind) {
      case 'attribute':
        return this.#attribute(part)
      case 'data':
        return this.#data(part)
      case 'static':
        return `static ${this.#text(part.parts[0]!)}`
      case 'module':
      case 'builtin':
      case 'parameter':
      case 'annotation':
        return part.text
      case 'conformance':
        return this.#conformance(part)
      default:
        return part.isType ? this.#type(part) : this.#entity(part)
    }
  }

  #attribute({ text, parts }: Node): string {
    if (!text.endsWith('<')) return text
    return `${text}${this.#list(parts)}> of `
  }

  #data({ text, parts }: Node): string {
    if (text.startsWith('reabstraction')) {
      const [signature, to, from] = parts
      const generic = signature!.kind === 'empty' ? '' : `${this.#signature(signature!)} `
      return `${text}${generic}from ${this.#text(from!)} to ${this.#text(to!)}`
    }
    const [first, second] = parts
    if (text === 'protocol witness for ')
      return `${text}${this.#text(first!)} in conformance ${this.#text(second!)}`
    if (text.startsWith('vtable thunk'))
      return `${text}${this.#text(second!)} dispatching to ${this.#text(first!)}`
    const joint = second?.kind === 'conformance' ? ' and conformance ' : '.'
    return `${text}${parts.map((part) => (part.kind === 'identifier' ? part.text : this.#text(part))).join(joint)}`
  }

  #conformance({ parts: [of, protocol, module] }: Node): string {
    const [signature, inner] = of!.kind === 'generic' ? of!.parts : [null, of]
    const generic = signature ? `${this.#signature(signature)} ` : ''
    return `${generic}${this.#text(inner!)} : ${this.#text(protocol!)} in ${module!.text}`
  }

  /** A name in its context. Local names and whole functions stand before the context, the others after it. */
  #within(context: Node, name: string, isLocal: boolean): (tail: string) => string {
    const outer = this.#text(context)
    if (isLocal) return (tail) => `${name}${tail} in ${outer}`
    if (hasTail(context)) return (tail) => `${name}${tail} in ${outer}`
    return (tail) => `${outer}.${name}${tail}`
  }

  #entity(part: Node): string {
    const [context, second, third] = part.parts
    switch (part.kind) {
      case 'extension':
        return this.#extension(part)
      case 'function': {
        const place = this.#within(context!, nameText(second!), second!.kind === 'local')
        return place(this.#call(third!, part.labels ?? null))
      }
      case 'constructor':
        return this.#initCall(part)
      case 'destructor':
        return this.#within(context!, part.text, false)('')
      case 'closure':
        return `${part.text} ${this.#text(second!)} in ${this.#text(context!)}`
      case 'initializer':
        return `${part.text}${this.#text(context!)}`
      case 'defaultArgument':
        return `default argument ${part.text} of ${this.#text(context!)}`
      case 'variable':
        return this.#variable(part, '')
      case 'subscript':
        return this.#subscript(part, '')
      case 'accessor': {
        const [of] = part.parts
        return of!.kind === 'variable'
          ? this.#variable(of!, `.${part.text}`)
          : this.#subscript(of!, `.${part.text}`)
      }
      case 'opaque':
        return `<<opaque return type of ${this.#text(context!)}>>`
      default:
        return nameText(part)
    }
  }

  #extension({ parts: [module, extended, signature] }: Node): string {
    return `(extension in ${module!.text}):${this.#text(extended!)}${signature ? this.#signature(signature) : ''}`
  }

  #initCall(part: Node): string {
    const [context, of, hidden] = part.parts
    const isClass = context!.kind === 'nominal' && context!.text === 'C'
    const base = part.text === 'C' && isClass ? '__allocating_init' : 'init'
    const name = hidden ? `${nameText(hidden)}.${base}` : base
    return this.#within(context!, name, false)(this.#call(of!, part.labels ?? null))
  }

  #variable({ parts: [context, name, of] }: Node, accessor: string): string {
    const place = this.#within(context!, nameText(name!), name!.kind === 'local')
    return place(`${accessor}${of ? ` : ${this.#text(of)}` : ''}`)
  }

  #subscript({ parts: [context, of, hidden], labels }: Node, accessor: string): string {
    const name = hidden ? `${nameText(hidden)}.subscript` : 'subscript'
    const place = this.#within(context!, `${name}${accessor}`, false)
    return place(accessor === '' ? this.#call(of!, labels ?? null) : ` : ${this.#call(of!, labels ?? null)}`)
  }

  /** Parameters with labels, and the result. */
  #call(of: Node, labels: readonly string[] | null): string {
    if (of.kind === 'generic') return `${this.#signature(of.parts[0]!)}${this.#call(of.parts[1]!, labels)}`
    if (of.kind !== 'functionType') return ` : ${this.#text(of)}`
    const [parameters, result, ...marks] = of.parts
    return `${this.#parameters(parameters!, labels)}${this.#effects(marks)} -> ${this.#text(result!)}`
  }

  #parameters(parameters: Node, labels: readonly string[] | null): string {
    if (parameters.kind !== 'tuple') {
      const label = labels?.[0]
      return `(${label && label !== '_' ? `${label}: ` : ''}${this.#text(parameters)})`
    }
    const list = parameters.parts.map((element, i) => {
      const label = labels?.[i]
      const name = label && label !== '_' ? label : element.text
      return `${name ? `${name}: ` : ''}${this.#element(element)}`
    })
    return `(${list.join(', ')})`
  }

  #element({ parts: [of, variadic] }: Node): string {
    return `${this.#text(of!)}${variadic?.text ?? ''}`
  }

  #effects(marks: readonly Node[]): string {
    const isAsync = marks.some(({ text }) => text === 'async')
    const throwing = marks.find(({ text }) => text === 'throws')
    const error = throwing?.parts[0] ? `(${this.#text(throwing.parts[0])})` : ''
    return `${isAsync ? ' async' : ''}${throwing ? ` throws${error}` : ''}`
  }

  #list(parts: readonly Node[]): string {
    return parts.map((part) => this.#text(part)).join(', ')
  }

  #type(part: Node): string {
    const { kind, text, parts } = part
    const [first, second] = parts
    switch (kind) {
      case 'nominal':
        return this.#within(first!, nameText(second!), second!.kind === 'local')('')
      case 'bound':
        return this.#bound(part)
      case 'tuple':
        return this.#parameters(part, null)
      case 'functionType':
        return this.#functionType(part)
      case 'implementation':
        return `@callee_guaranteed ${this.#text(first!)} -> ${this.#text(second!)}`
      case 'generic':
        return `${this.#signature(first!)}${this.#text(second!)}`
      case 'dependentMember':
        return `${this.#text(first!)}.${second ? `${this.#text(second)}.` : ''}${text}`
      case 'metatype':
        return `${this.#text(first!)}.${text}`
      case 'protocols':
        return parts.length === 0 ? 'Any' : parts.map((item) => this.#text(item)).join(' & ')
      case 'wrapped':
        return `${text}${this.#list(parts)}`
      case 'opaque':
        return first ? `${this.#text(first)}.${text}` : text
      default:
        return text
    }
  }

  #bound({ parts: [nominal, ...args] }: Node): string {
    const name = nominal!.parts[0]?.text === 'Swift' ? nominal!.parts[1]!.text : ''
    const [first, second] = args
    if (name === 'Optional' && args.length === 1) {
      const text = this.#text(first!)
      return /^(?:functionType|protocols|wrapped)$/.test(first!.kind) && text !== 'Any'
        ? `(${text})?`
        : `${text}?`
    }
    if (name === 'Array' && args.length === 1) return `[${this.#text(first!)}]`
    if (name === 'Dictionary' && args.length === 2) return `[${this.#text(first!)} : ${this.#text(second!)}]`
    return `${this.#text(nominal!)}<${this.#list(args)}>`
  }

  #functionType({ text, parts }: Node): string {
    const [parameters, result, ...marks] = parts
    const before = marks
      .filter(({ text: mark }) => mark.endsWith(' ') || mark === '@')
      .map((mark) => (mark.text === '@' ? `@${this.#list(mark.parts)} ` : mark.text))
      .join('')
    return `${before}${text}${this.#parameters(parameters!, null)}${this.#effects(marks)} -> ${this.#text(result!)}`
  }

  /** `<A, B where A: Swift.Equatable>`. */
  #signature({ labels, parts }: Node): string {
    const lists = labels!.map((names) => names)
    const requirements = parts.flatMap(({ text, parts: [of, to] }) =>
      to ? [`${this.#text(of!)}${text === ':' ? ':' : ` ${text}`} ${this.#text(to)}`] : [],
    )
    const where = requirements.length > 0 ? ` where ${requirements.join(', ')}` : ''
    return lists.map((names, i) => `<${names}${i === lists.length - 1 ? where : ''}>`).join('')
  }
}

/** Whether a type follows the name of a context, so that a name cannot stand after it. */
const hasTail = ({ kind }: Node): boolean =>
  /^(?:function|constructor|closure|variable|subscript|accessor|static|initializer|defaultArgument)$/.test(
    kind,
  )
