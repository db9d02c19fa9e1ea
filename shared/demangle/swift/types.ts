// Operators of Swift names that make types, generic signatures and conformances.
import { own } from '../../own.ts'
import { NodeStack } from './stack.ts'
import { builtinTypes, functionKinds } from './tables.ts'
import { isContext, type Node, node, type } from './tree.ts'

/** `A`, `B`, … of the outermost signature; `A1`, … of the next one. */
function parameterName(depth: number, index: number): string {
  let name = ''
  let rest = index
  do {
    name += String.fromCharCode(65 + (rest % 26))
    rest = Math.floor(rest / 26)
  } while (rest > 0)
  return depth > 0 ? `${name}${depth}` : name
}
const parameter = (depth: number, index: number): Node => type('parameter', parameterName(depth, index))
export const firstParameter = parameter(0, 0)

const annotations: Readonly<Record<string, string>> = {
  A: '@isolated(any) ',
  C: 'nonisolated(nonsending) ',
  a: 'async',
  b: '@Sendable ',
}
/** Annotations with a type of their own. */
const typeAnnotations: Readonly<Record<string, string>> = {
  K: 'throws',
  c: '@',
}
const wrappedTypes: Readonly<Record<string, string>> = {
  g: '_const ',
  i: 'isolated ',
  k: '@noDerivative ',
  t: '_const ',
  u: 'sending ',
}
const references: Readonly<Record<string, string>> = { o: 'unowned ', u: 'unowned(unsafe) ', w: 'weak ' }
/** Letters after a layout whose size follows. */
const sizedLayouts = /[EeMmS]/

/** Reads operators whose results are parts of types. */
export abstract class TypeReader extends NodeStack {
  protected nominalType(kind: string): Node {
    const name = this.popName()
    return this.remember(type('nominal', kind, [this.popContext(), name]))
  }

  protected functionType(prefix: string): Node {
    const marks: Node[] = []
    for (let mark = this.popKind('annotation'); mark; mark = this.popKind('annotation')) marks.push(mark)
    const parameters = this.functionPart()
    return type('functionType', prefix, [parameters, this.functionPart(), ...marks])
  }

  private functionPart(): Node {
    return this.popKind('empty') ? type('tuple') : this.popType()
  }

  protected tuple(): Node {
    return type(
      'tuple',
      '',
      this.popList(() => {
        const variadic = this.popKind('variadic') ? '...' : ''
        const name = this.popKind('identifier')
        return node('tupleElement', name?.text ?? '', [this.popType(), node('variadic', variadic)])
      }),
    )
  }

  /** Labels of a function's parameters; null if the function has none, or they are in the tuple. */
  protected labelsOf(functionType: Node): string[] | null {
    if (this.hasOldLabels) return null
    if (this.popKind('empty')) return []
    const inner = functionType.kind === 'generic' ? functionType.parts[1]! : functionType
    if (inner.kind !== 'functionType') return null
    const [parameters] = inner.parts
    const count = parameters!.kind === 'tuple' ? parameters!.parts.length : 1
    this.step(count)
    return Array.from({ length: count }, () => {
      const label = this.popKind('identifier', 'first') ?? this.fail()
      return label.kind === 'first' ? '_' : label.text
    }).reverse()
  }

  /** `G`: a generic type with its arguments, one list for each type that it is nested in. */
  protected boundType(): Node {
    const lists: Node[][] = []
    while (this.popKind('retroactive')) this.step()
    for (;;) {
      const list: Node[] = []
      for (let item = this.pop(({ isType }) => isType); item; item = this.pop(({ isType }) => isType))
        list.unshift(item)
      lists.push(list)
      if (this.popKind('empty')) break
      if (!this.popKind('first')) this.fail()
    }
    const nominal = this.popType()
    return this.remember(this.bind(nominal, lists))
  }

  /** Innermost arguments first. */
  private bind(target: Node, lists: readonly Node[][]): Node {
    this.step()
    const [args = [], ...outer] = lists
    if (target.kind === 'extension' && target.parts[1]) {
      const [module, inner, ...rest] = target.parts
      return { ...target, parts: [module!, this.bind(inner!, lists), ...rest] }
    }
    const [context, ...rest] = target.parts
    const isNested = context !== undefined && outer.length > 0 && isContext(context)
    const bound = isNested ? { ...target, parts: [this.bind(context, outer), ...rest] } : target
    if (target.kind !== 'nominal') return bound
    return args.length > 0 ? type('bound', '', [bound, ...args]) : bound
  }

  protected builtin(): Node {
    const kind = this.next()
    const name = own(builtinTypes, kind)
    if (name !== undefined) return this.remember(type('builtin', `Builtin.${name}`))
    if (kind === 'i' || kind === 'f') {
      const name = kind === 'i' ? 'Int' : 'FPIEEE'
      return this.remember(type('builtin', `Builtin.${name}${this.index() - 1}`))
    }
    if (kind !== 'v') return this.fail()
    const count = this.index() - 1
    const element = this.popType()
    return this.remember(type('builtin', `Builtin.Vec${count}x${element.text.replace('Builtin.', '')}`))
  }

  protected protocols(): Node[] {
    return this.popList(() => this.popProtocol())
  }

  protected parameterIndex(): Node {
    if (this.take('d')) {
      const depth = this.index() + 1
      return parameter(depth, this.index())
    }
    if (this.take('z')) return firstParameter
    if (this.take('s')) return type('parameter', 'Self')
    return parameter(0, this.index() + 1)
  }

  protected genericSignature(hasCounts: boolean): Node {
    const counts: number[] = []
    if (!hasCounts) counts.push(1)
    while (hasCounts && !this.take('l')) {
      counts.push(this.take('z') ? 0 : this.index() + 1)
      if (counts.length > 100) this.fail()
    }
    const requirements: Node[] = []
    for (let found = this.popKind('requirement'); found; found = this.popKind('requirement'))
      requirements.unshift(found)
    const names = counts.map((count, depth) => {
      this.step(count)
      return Array.from({ length: Math.min(count, 100) }, (_, i) => parameterName(depth, i)).join(', ')
    })
    return { ...node('genericSignature', '', requirements), labels: names }
  }

  protected requirement(): Node {
    const kind = /[a-zA-Z]/.test(this.peek()) ? this.peek() : ''
    const subject: Readonly<Record<string, string>> = {
      B: 'S',
      C: 'C',
      L: 'S',
      M: 'C',
      P: 'C',
      Q: 'S',
      S: 'S',
      T: 'C',
      b: 'G',
      c: 'A',
      h: 'G',
      l: 'G',
      m: 'A',
      p: 'A',
      s: 'G',
      t: 'A',
    }
    if (kind === 'v' || kind === 'V') {
      this.next()
      return node('requirement', 'each', [this.parameterIndex()])
    }
    if (kind === 'i') {
      this.next()
      this.index()
      return node('requirement', '~', [this.parameterIndex()])
    }
    const from = own(subject, kind)
    if (from !== undefined) this.next()
    const constrained = this.constrained(from ?? 'G')
    return this.constraint(kind.toLowerCase(), constrained)
  }

  private constrained(from: string): Node {
    if (from === 'G') return this.parameterIndex()
    if (from === 'S') return this.popType()
    const member =
      from === 'A' ? this.member(this.parameterIndex()) : this.compoundMember(this.parameterIndex())
    return this.remember(member)
  }

  private constraint(kind: string, constrained: Node): Node {
    if (kind === 's' || kind === 't') return node('requirement', '==', [constrained, this.popType()])
    if (kind === 'b' || kind === 'c') return node('requirement', ':', [constrained, this.popType()])
    if (kind === 'h') return node('requirement', '.shape ==', [constrained, this.popType()])
    if (kind !== 'l' && kind !== 'm') return node('requirement', ':', [constrained, this.popProtocol()])
    const layout = this.next()
    if (sizedLayouts.test(layout)) {
      this.index()
      if (/[EM]/.test(layout)) this.index()
    }
    return node('requirement', ':', [constrained, type('builtin', layout === 'C' ? 'AnyObject' : '_Layout')])
  }

  private memberName(): { name: string; protocol: Node | null } {
    const protocol = this.pop(({ isType }) => isType)
    return { name: (this.popKind('identifier') ?? this.fail()).text, protocol }
  }

  private memberOf(base: Node, { name, protocol }: { name: string; protocol: Node | null }): Node {
    return type('dependentMember', name, protocol ? [base, protocol] : [base])
  }

  protected member(base: Node | null): Node {
    const name = this.memberName()
    return this.memberOf(base ?? this.popType(), name)
  }

  protected compoundMember(base: Node | null): Node {
    const names: { name: string; protocol: Node | null }[] = []
    let isFirst: boolean
    do {
      isFirst = this.popKind('first') !== null
      names.unshift(this.memberName())
    } while (!isFirst)
    return names.reduce<Node>((of, name) => this.memberOf(of, name), base ?? this.popType())
  }

  /** `Q`: archetypes, members of parameters, opaque results. */
  protected archetype(): Node {
    const kind = this.next()
    switch (kind) {
      case 'a': {
        const name = this.popKind('identifier') ?? this.fail()
        return this.remember(type('dependentMember', name.text, [this.popType()]))
      }
      case 'x':
        return this.remember(this.member(null))
      case 'X':
        return this.remember(this.compoundMember(null))
      case 'y':
        return this.remember(this.member(this.parameterIndex()))
      case 'Y':
        return this.remember(this.compoundMember(this.parameterIndex()))
      case 'z':
        return this.remember(this.member(firstParameter))
      case 'Z':
        return this.remember(this.compoundMember(firstParameter))
      case 'p': {
        this.popType()
        return type('wrapped', 'repeat ', [this.popType()])
      }
      case 'e':
        this.popType()
        return type('wrapped', 'each ', [this.popType()])
      case 'P':
        return type(
          'wrapped',
          'Pack',
          this.popList(() => this.popType()),
        )
      default:
        return this.opaque(kind)
    }
  }

  private opaque(kind: string): Node {
    if (kind === 'r') return type('opaque', 'some')
    if (kind === 'R') {
      this.index()
      return type('opaque', 'some')
    }
    if (kind === 'O') return node('opaque', '', [this.popContext()])
    if (kind !== 'o') return this.fail()
    const index = this.index()
    for (;;) {
      while (this.pop(({ isType, kind: popped }) => isType || popped === 'retroactive')) this.step()
      if (this.popKind('empty')) break
      if (!this.popKind('first')) this.fail()
    }
    const definition = this.stack.pop() ?? this.fail()
    return this.remember(type('opaque', String(index), [definition]))
  }

  /** `X`: function types of other conventions, existential metatypes and more. */
  protected specialType(): Node {
    const kind = this.next()
    const prefix = own(functionKinds, kind)
    if (prefix !== undefined) return this.functionType(prefix)
    const reference = own(references, kind)
    if (reference !== undefined) return type('wrapped', reference, [this.popType()])
    switch (kind) {
      case 'D':
        this.popType()
        return type('builtin', 'Self')
      case 'M':
      case 'm':
        this.next() // How it is represented.
        return type('metatype', 'Type', [this.popType()])
      case 'p':
        return type('metatype', 'Type', [this.popType()])
      case 'b':
        return this.popType()
      case 'e':
        return type('builtin', '<ERROR TYPE>')
      case 'c': {
        const superclass = this.popType()
        return type('protocols', '', [superclass, ...this.protocols()])
      }
      case 'l':
        return type('protocols', '', [...this.protocols(), type('builtin', 'Swift.AnyObject')])
      case 'P': {
        const requirements: Node[] = []
        while (this.popKind('requirement')) requirements.push(this.popType())
        return this.popType()
      }
      default:
        return this.boxed(kind)
    }
  }

  /** `X`, `x`: a box of captured variables. */
  private boxed(kind: string): Node {
    if (kind !== 'X' && kind !== 'x') return this.fail()
    if (kind === 'X') {
      this.popKind('genericSignature')
      this.popList(() => this.popType())
    }
    const fields = this.popList(() => this.popType())
    return type('wrapped', '{ var } ', fields.slice(0, 1))
  }

  /** `Y`: annotations of functions and of parameters. */
  protected annotation(): Node {
    const kind = this.next()
    const mark = own(annotations, kind)
    if (mark !== undefined) return node('annotation', mark)
    const ofType = own(typeAnnotations, kind)
    if (ofType !== undefined) return { ...node('annotation', ofType, [this.popType()]), labels: [kind] }
    const wrapper = own(wrappedTypes, kind)
    if (wrapper !== undefined) return type('wrapped', wrapper, [this.popType()])
    if (kind === 'T') return node('annotation', 'sending ')
    if (kind !== 'j') return this.fail()
    this.next()
    return node('annotation', '@differentiable ')
  }

  /** `I`: a function type of the intermediate language, of which only the number of its types matters. */
  protected implementationType(): Node {
    const form =
      /^s?I?P?e?A?(?:[dlfr])?[ygxt](?:[BCMJKWz][A-Za-z]?)?A?G?H?h?((?:[icblnXxgeyvpmT]w?[uI]?)*)((?:[roduak]w?)*)(?:((?:Y[icblnXxgeyvpm])*))?(z[rodua])?_/
    const [all, parameters, results, , error] =
      form.exec(this.text.slice(this.at, this.at + 200)) ?? this.fail()
    this.at += all!.length
    const count = (parameters!.match(/[icblnXxgeyvpmT]/g) ?? []).length
    const resultCount = (results!.match(/[roduak]/g) ?? []).length + (error ? 1 : 0)
    if (/^I?s/.test(all!)) {
      this.popKind('genericSignature')
      this.popList(() => this.popType())
    }
    const types = Array.from({ length: count + resultCount }, () => this.popType()).reverse()
    return type('implementation', '', [
      type(
        'tuple',
        '',
        types.slice(0, count).map((part) => node('tupleElement', '', [part])),
      ),
      type(
        'tuple',
        '',
        types.slice(count).map((part) => node('tupleElement', '', [part])),
      ),
    ])
  }

  /** `g`, `H`: conformances, which do not belong to the name. */
  protected conformanceReference(): Node {
    const kind = this.next()
    const conformance = (popped: Node) => popped.kind === 'retroactive'
    switch (kind) {
      case 'P':
      case 'p':
        return node('retroactive', 'p', [this.popProtocol()])
      case 'C':
        this.popList(() => this.pop(conformance) ?? this.fail())
        if (!this.popKind('retroactive')) {
          this.popModule()
          this.popProtocol()
        }
        this.popType()
        return node('retroactive')
      case 'D':
        this.index()
        this.popProtocol()
        this.popType()
        return node('retroactive')
      case 'I':
        this.index()
        this.popProtocol()
        this.pop(conformance)
        return node('retroactive')
      case 'A':
        this.index()
        this.popProtocol()
        this.popType()
        this.pop(conformance)
        return node('retroactive')
      case 'X':
        this.popList(() => this.pop(conformance) ?? this.fail())
        return node('retroactive')
      default:
        return this.fail()
    }
  }

  /** A type's conformance to a protocol in a module. */
  protected popConformance(): Node {
    const signature = this.popKind('genericSignature')
    const module = this.popModule()
    const protocol = this.popProtocol()
    const conforming = this.pop(({ isType }) => isType)
    const of = conforming ?? (this.popKind('identifier') && this.popType()) ?? this.fail()
    return node('conformance', '', [signature ? type('generic', '', [signature, of]) : of, protocol, module])
  }
}
