// Operators of Swift names that make declarations, thunks and data.
import { own } from '../../own.ts'
import {
  accessors,
  conformanceData,
  entityThunks,
  functionAttributes,
  operatorCharacters,
  outlined,
  typeData,
} from './tables.ts'
import { isDeclarationName, isEntity, type Node, node, type } from './tree.ts'
import { firstParameter, TypeReader } from './types.ts'

/** Operators whose result needs no other. */
const constants: Readonly<Record<string, Node>> = {
  K: node('annotation', 'throws'),
  _: node('first'),
  d: node('variadic'),
  s: node('module', 'Swift'),
  x: firstParameter,
  y: node('empty'),
}
const wrappers: Readonly<Record<string, string>> = { h: '__shared ', n: '__owned ', z: 'inout ' }
const operatorKinds: Readonly<Record<string, string>> = { P: 'postfix', i: 'infix', p: 'prefix' }
const specializations: Readonly<Record<string, string>> = {
  B: 'generic specialization',
  G: 'generic not re-abstracted specialization',
  g: 'generic specialization',
  i: 'inlined generic function',
  s: 'generic pre-specialization',
}
/** The parameters and result of a function that was specialized for its arguments. */
const signatureSpecialization = /^q?a?\d(?:pi\d*_?|pd\d*_?|ps[bw]|p[fgk]|[A-Za-z])*_(?:n|[a-z])?/

/** Reads a whole name. */
export class SymbolReader extends TypeReader {
  /** The nodes that the name consists of: attributes outermost first, then what they belong to. */
  symbol(): Node[] {
    while (!this.isAtEnd && !this.looksAt('.')) this.stack.push(this.nested(() => this.operator()))
    const attributes: Node[] = []
    for (let found = this.popKind('attribute'); found; found = this.popKind('attribute'))
      attributes.push(found)
    const [first, more] = this.stack
    return first && !more && (first.isType || isEntity(first)) ? [...attributes, first] : this.fail()
  }

  private operator(): Node {
    const c = this.next()
    const constant = own(constants, c)
    if (constant) return constant
    const wrapper = own(wrappers, c)
    if (wrapper !== undefined) return type('wrapped', wrapper, [this.popType()])
    if (/[CVOPa]/.test(c)) return this.nominalType(c)
    return own(SymbolReader.#typeOperators, c)?.(this) ?? this.declarationOperator(c)
  }

  /** Operators whose results are parts of types. */
  static readonly #typeOperators: Readonly<Record<string, (reader: SymbolReader) => Node>> = {
    A: (reader) => reader.backReferences(),
    B: (reader) => reader.builtin(),
    D: (reader) => reader.popType(),
    G: (reader) => reader.boundType(),
    H: (reader) => reader.conformanceReference(),
    I: (reader) => reader.implementationType(),
    Q: (reader) => reader.archetype(),
    R: (reader) => reader.requirement(),
    S: (reader) => reader.standard(),
    X: (reader) => reader.specialType(),
    Y: (reader) => reader.annotation(),
    c: (reader) => reader.functionType(''),
    g: (reader) => reader.retroactive(),
    l: (reader) => reader.genericSignature(false),
    m: (reader) => type('metatype', 'Type', [reader.popType()]),
    p: (reader) => type('protocols', '', reader.protocols()),
    q: (reader) => reader.parameterIndex(),
    r: (reader) => reader.genericSignature(true),
    t: (reader) => reader.tuple(),
    u: (reader) => reader.genericType(),
  }

  private retroactive(): Node {
    this.index()
    if (!this.popKind('retroactive')) this.popConformance()
    return node('retroactive')
  }

  private genericType(): Node {
    const signature = this.popKind('genericSignature') ?? this.fail()
    return type('generic', '', [signature, this.popType()])
  }

  private declarationOperator(c: string): Node {
    switch (c) {
      case 'E':
        return this.extension()
      case 'F':
        return this.plainFunction()
      case 'L':
        return this.localName()
      case 'M':
        return this.typeDatum()
      case 'N':
        return this.about('type metadata for ', this.popType())
      case 'T':
        return this.thunk()
      case 'W':
        return this.witness()
      case 'Z':
        return node('static', '', [this.pop(isEntity) ?? this.fail()])
      case 'f':
        return this.functionEntity()
      case 'i':
        return this.subscript()
      case 'o':
        return this.operatorName()
      case 'v':
        return this.variable()
      case 'w':
        this.slice(2)
        return this.about('value witness for ', this.popType())
      default:
        this.at--
        return this.identifier()
    }
  }

  private about(text: string, ...parts: Node[]): Node {
    return node('data', text, parts)
  }

  private extension(): Node {
    const signature = this.popKind('genericSignature')
    const module = this.popModule()
    const extended = this.popType()
    return node('extension', '', signature ? [module, extended, signature] : [module, extended])
  }

  private plainFunction(): Node {
    const signature = this.popKind('genericSignature')
    const functionType = this.functionType('')
    const labels = this.labelsOf(functionType)
    const whole = signature ? type('generic', '', [signature, functionType]) : functionType
    const name = this.popName()
    return { ...node('function', '', [this.popContext(), name, whole]), labels }
  }

  private localName(): Node {
    if (this.take('L')) {
      const place = this.popKind('identifier') ?? this.fail()
      return node('private', place.text, [this.popName()])
    }
    if (this.take('l')) return node('private', (this.popKind('identifier') ?? this.fail()).text)
    if (/[a-jA-J]/.test(this.peek())) return node('related', this.next(), [this.stack.pop() ?? this.fail()])
    const index = this.index()
    return node('local', String(index + 1), [this.popName()])
  }

  private operatorName(): Node {
    const { text } = this.popKind('identifier') ?? this.fail()
    const name = Array.from(text, (c) =>
      c >= 'a' && c <= 'z' ? (operatorCharacters[c.charCodeAt(0) - 97] ?? c) : c,
    )
    const kind = own(operatorKinds, this.next()) ?? this.fail()
    return node('operator', `${name.join('')} ${kind}`)
  }

  private accessorOf(entity: Node): Node {
    const c = this.next()
    if (c === 'p') return entity
    const name = own(accessors, /[al]/.test(c) ? c + this.next() : c) ?? this.fail()
    return node('accessor', name, [entity])
  }

  private variable(): Node {
    const of = this.popType()
    this.labelsOf(of)
    const name = this.popName()
    return this.accessorOf(node('variable', '', [this.popContext(), name, of]))
  }

  private subscript(): Node {
    const name = this.popKind('private')
    const of = this.popType()
    const labels = this.labelsOf(of)
    const parts = [this.popContext(), of, ...(name ? [name] : [])]
    return this.accessorOf({ ...node('subscript', '', parts), labels })
  }

  private functionEntity(): Node {
    const c = this.next()
    switch (c) {
      case 'D':
      case 'Z':
        return node('destructor', '__deallocating_deinit', [this.popContext()])
      case 'd':
        return node('destructor', 'deinit', [this.popContext()])
      case 'E':
        return node('destructor', '__ivar_destroyer', [this.popContext()])
      case 'e':
        return node('destructor', '__ivar_initializer', [this.popContext()])
      case 'i':
        return node('initializer', 'variable initialization expression of ', [this.popContext()])
      case 'P':
        return node('initializer', 'property wrapper backing initializer of ', [this.popContext()])
      case 'W':
        return node('initializer', 'property wrapper init from projected value of ', [this.popContext()])
      case 'A': {
        const index = this.index()
        return node('defaultArgument', String(index), [this.popContext()])
      }
      case 'C':
      case 'c':
        return this.constructorEntity(c)
      case 'U':
      case 'u': {
        const index = this.index()
        const of = this.popType()
        const text = `${c === 'u' ? 'implicit ' : ''}closure #${index + 1}`
        return node('closure', text, [this.popContext(), of])
      }
      default:
        return this.fail()
    }
  }

  private constructorEntity(c: string): Node {
    const name = this.popKind('private')
    const of = this.popType()
    const labels = this.labelsOf(of)
    const parts = [this.popContext(), of, ...(name ? [name] : [])]
    return { ...node('constructor', c, parts), labels }
  }

  private typeDatum(): Node {
    const c = this.next()
    const text = own(typeData, c)
    if (text !== undefined) return this.about(text, this.popKind('data') ?? this.popType())
    switch (c) {
      case 'p':
        return this.about('protocol descriptor for ', this.popProtocol())
      case 'c':
        return this.about('protocol conformance descriptor for ', this.popConformance())
      case 'A':
        return this.about('reflection metadata associated type descriptor ', this.popConformance())
      case 'V':
        return this.about('property descriptor for ', this.pop(isEntity) ?? this.fail())
      case 'X':
      case 'Q':
      case 'E':
        if (c === 'X') this.next()
        return this.about('descriptor for ', this.stack.pop() ?? this.fail())
      default:
        return this.fail()
    }
  }

  private witness(): Node {
    const c = this.next()
    const text = own(conformanceData, c)
    if (text !== undefined) return this.about(text, this.popConformance())
    switch (c) {
      case 'V':
        return this.about('value witness table for ', this.popType())
      case 'v': {
        const kind = this.next() === 'd' ? 'direct' : 'indirect'
        return this.about(`${kind} field offset for `, this.pop(isEntity) ?? this.fail())
      }
      case 'C':
        return this.about('enum case for ', this.pop(isEntity) ?? this.fail())
      case 'S':
        return this.about('protocol self-conformance witness table for ', this.popProtocol())
      case 'L':
      case 'l': {
        const what = c === 'l' ? 'accessor' : 'cache variable'
        const conformance = this.popConformance()
        return this.about(`lazy protocol witness table ${what} for type `, this.popType(), conformance)
      }
      case 't':
        return this.associated('associated type metadata accessor for ')
      case 'T':
        return this.associated('associated type witness table accessor for ')
      case 'b':
        return this.associated('base witness table accessor for ')
      case 'O':
        return this.outlinedOperation()
      case 'Z':
      case 'z':
        return this.globalInitializer(c)
      default:
        return this.fail()
    }
  }

  /** The conformance alone identifies it. */
  private associated(text: string): Node {
    const before = this.stack.length
    const protocol = this.pop(({ isType }) => isType)
    while (this.stack.length > 0 && this.stack.length > before - 20 && !this.isConformance()) this.stack.pop()
    return this.about(text, this.isConformance() ? this.popConformance() : (protocol ?? this.fail()))
  }

  private isConformance(): boolean {
    const [conforming, protocol, module] = this.stack.slice(-3)
    return Boolean(
      module && /^(?:module|identifier)$/.test(module.kind) && protocol?.text === 'P' && conforming?.isType,
    )
  }

  private outlinedOperation(): Node {
    const text = own(outlined, this.next()) ?? this.fail()
    this.popKind('genericSignature')
    return this.about(text, this.popType())
  }

  private globalInitializer(c: string): Node {
    const names: string[] = []
    this.popList(() => {
      const name = this.popName()
      names.unshift(nameText(name))
      return name
    })
    const what = c === 'Z' ? 'function' : 'token'
    const context = this.popContext()
    const named = node('variable', '', [context, node('identifier', names.join(', '))])
    return this.about(`one-time initialization ${what} for `, named)
  }

  private thunk(): Node {
    // Arguments that a specialization lost.
    while (this.take('t')) this.number()
    const two = this.peek() + this.peek(1)
    const c = this.next()
    if (two === 'wb' || two === 'wB') {
      this.next()
      return node('attribute', functionAttributes[two])
    }
    const ofEntity = own(entityThunks, c)
    if (ofEntity !== undefined) return this.about(ofEntity, this.pop(isEntity) ?? this.fail())
    const attribute = own(functionAttributes, c)
    if (attribute !== undefined) return node('attribute', attribute)
    const specialization = own(specializations, c)
    if (specialization !== undefined) return this.specialization(specialization, c)
    return this.otherThunk(c)
  }

  private specialization(text: string, c: string): Node {
    while (/[qam]/.test(this.peek())) this.next()
    if (c !== 's' && !/\d/.test(this.next())) this.fail()
    const types = this.popList(() => this.popType())
    return node('attribute', `${text} <`, types)
  }

  private otherThunk(c: string): Node {
    switch (c) {
      case 'W': {
        const entity = this.pop(isEntity) ?? this.fail()
        return this.about('protocol witness for ', entity, this.popConformance())
      }
      case 'S':
        return this.about('protocol self-conformance witness for ', this.pop(isEntity) ?? this.fail())
      case 'V': {
        const base = this.pop(isEntity) ?? this.fail()
        return this.about('vtable thunk for ', this.pop(isEntity) ?? this.fail(), base)
      }
      case 'R':
      case 'r':
      case 'y':
        return this.reabstraction(c)
      case 'f':
        return this.signatureSpecialized()
      case 'Y':
      case 'Q':
        return this.resumed(c === 'Q' ? 'await' : 'suspend')
      case 'v':
        return node('attribute', `outlined variable #${this.index()} of `)
      case 'e':
        return this.bridgedMethod()
      case 'K':
      case 'k':
      case 'H':
      case 'h':
        return this.keyPath(c)
      case 'l':
      case 'M':
      case 'L':
      case 'n':
      case 'N':
      case 'b':
        return this.descriptor()
      case 'p':
      case 'P':
        this.next()
        return node('attribute', 'generic partial specialization <', [this.popType()])
      default:
        return this.fail()
    }
  }

  private resumed(verb: string): Node {
    return node('attribute', `(${this.index() + 1}) ${verb} resume partial function for `)
  }

  private reabstraction(c: string): Node {
    const signature = this.popKind('genericSignature')
    if (c === 'y') this.popType()
    const to = this.popType()
    const from = this.popType()
    const text = c === 'r' ? 'reabstraction thunk ' : 'reabstraction thunk helper '
    return this.about(text, signature ?? node('empty'), to, from)
  }

  private signatureSpecialized(): Node {
    const found = signatureSpecialization.exec(this.text.slice(this.at, this.at + 300))?.[0] ?? this.fail()
    this.at += found.length
    // What was propagated is on the stack: names and types above the function.
    const isPropagated = (part: Node) => part.kind !== 'attribute' && !isEntity(part)
    while (this.stack.slice(0, -1).some(isEntity) && this.pop(isPropagated)) this.step()
    return node('attribute', 'function signature specialization of ')
  }

  private bridgedMethod(): Node {
    const marks = /^[a-z]*_/.exec(this.text.slice(this.at, this.at + 100))?.[0] ?? this.fail()
    this.at += marks.length
    return node('attribute', `outlined bridged method (${marks.slice(0, -1)}) of `)
  }

  private keyPath(c: string): Node {
    this.take('q')
    const what = own({ H: 'equals', K: 'getter', h: 'hash', k: 'setter' }, c)!
    this.popKind('genericSignature')
    const root = this.pop(({ isType }) => isType)
    if (c === 'H' || c === 'h') {
      while (this.pop(({ isType }) => isType)) this.step()
      return this.about(`key path index ${what} operator for `, root ?? this.fail())
    }
    return this.about(`key path ${what} for `, this.pop(isEntity) ?? root ?? this.fail())
  }

  private descriptor(): Node {
    const parts = this.stack.splice(0)
    const isProtocol = ({ kind, text }: Node) => kind === 'nominal' && text === 'P'
    const [about] = parts.filter(isProtocol)
    if (about) return this.about('associated descriptor for ', about)
    this.stack.push(...parts)
    return this.about('associated descriptor for ', this.popProtocol())
  }
}

/** The text of a declaration's name without what follows it. */
export function nameText(name: Node): string {
  switch (name.kind) {
    case 'private':
      return name.parts[0] ? `(${nameText(name.parts[0])} in ${name.text})` : `(in ${name.text})`
    case 'related':
      return `related decl '${name.text}' for ${name.parts.map(nameText).join('')}`
    case 'local':
      return `${name.parts.map(nameText).join('')} #${name.text}`
    default:
      return isDeclarationName(name) ? name.text : ''
  }
}
