// The parts of a Swift name as a tree.

/** What a node is: a part of a name, a type, or something the compiler made of them. */
export type Kind =
  | 'accessor'
  | 'annotation'
  | 'array'
  | 'attribute'
  | 'bound'
  | 'builtin'
  | 'closure'
  | 'conformance'
  | 'constructor'
  | 'data'
  | 'defaultArgument'
  | 'dependentMember'
  | 'destructor'
  | 'empty'
  | 'extension'
  | 'first'
  | 'function'
  | 'functionType'
  | 'generic'
  | 'genericSignature'
  | 'identifier'
  | 'implementation'
  | 'initializer'
  | 'local'
  | 'metatype'
  | 'module'
  | 'nominal'
  | 'opaque'
  | 'operator'
  | 'parameter'
  | 'private'
  | 'protocols'
  | 'related'
  | 'requirement'
  | 'retroactive'
  | 'static'
  | 'subscript'
  | 'tuple'
  | 'tupleElement'
  | 'variable'
  | 'variadic'
  | 'wrapped'

/** `text` and `parts` depend on the kind; `isType`: it can stand where a type is wanted. */
export interface Node {
  kind: Kind
  text: string
  parts: readonly Node[]
  isType: boolean
  /** Of a function: the labels of its parameters, `_` for none; null if they are in the tuple. */
  labels?: readonly string[] | null
}

export const node = (kind: Kind, text = '', parts: readonly Node[] = []): Node => ({
  kind,
  text,
  parts,
  isType: false,
})
export const type = (kind: Kind, text = '', parts: readonly Node[] = []): Node => ({
  kind,
  text,
  parts,
  isType: true,
})

const entities: ReadonlySet<Kind> = new Set([
  'accessor',
  'closure',
  'constructor',
  'data',
  'defaultArgument',
  'destructor',
  'function',
  'initializer',
  'nominal',
  'static',
  'subscript',
  'variable',
])
export const isEntity = ({ kind }: Node): boolean => entities.has(kind)

const declarationNames: ReadonlySet<Kind> = new Set(['identifier', 'local', 'operator', 'private', 'related'])
export const isDeclarationName = ({ kind }: Node): boolean => declarationNames.has(kind)

const contexts: ReadonlySet<Kind> = new Set([...entities, 'bound', 'extension', 'module'])
export const isContext = ({ kind }: Node): boolean => contexts.has(kind)
