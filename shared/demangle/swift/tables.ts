// What the codes of Swift's names stand for.
// https://github.com/swiftlang/swift/blob/main/docs/ABI/Mangling.rst

/** Types of the standard library after `S`: kind and name. */
export const standardTypes: Readonly<Record<string, readonly [kind: 'V' | 'O' | 'P' | 'C', name: string]>> = {
  A: ['V', 'AutoreleasingUnsafeMutablePointer'],
  B: ['P', 'BinaryFloatingPoint'],
  D: ['V', 'Dictionary'],
  E: ['P', 'Encodable'],
  F: ['P', 'FloatingPoint'],
  G: ['P', 'RandomNumberGenerator'],
  H: ['P', 'Hashable'],
  I: ['V', 'DefaultIndices'],
  J: ['V', 'Character'],
  K: ['P', 'BidirectionalCollection'],
  L: ['P', 'Comparable'],
  M: ['P', 'MutableCollection'],
  N: ['V', 'ClosedRange'],
  O: ['V', 'ObjectIdentifier'],
  P: ['V', 'UnsafePointer'],
  Q: ['P', 'Equatable'],
  R: ['V', 'UnsafeBufferPointer'],
  S: ['V', 'String'],
  T: ['P', 'Sequence'],
  U: ['P', 'UnsignedInteger'],
  V: ['V', 'UnsafeRawPointer'],
  W: ['V', 'UnsafeRawBufferPointer'],
  X: ['P', 'RangeExpression'],
  Y: ['P', 'RawRepresentable'],
  Z: ['P', 'SignedInteger'],
  a: ['V', 'Array'],
  b: ['V', 'Bool'],
  c: ['V', 'UnicodeScalar'],
  d: ['V', 'Double'],
  e: ['P', 'Decodable'],
  f: ['V', 'Float'],
  h: ['V', 'Set'],
  i: ['V', 'Int'],
  j: ['P', 'Numeric'],
  k: ['P', 'RandomAccessCollection'],
  l: ['P', 'Collection'],
  m: ['P', 'RangeReplaceableCollection'],
  n: ['V', 'Range'],
  p: ['V', 'UnsafeMutablePointer'],
  q: ['O', 'Optional'],
  r: ['V', 'UnsafeMutableBufferPointer'],
  s: ['V', 'Substring'],
  t: ['P', 'IteratorProtocol'],
  u: ['V', 'UInt'],
  v: ['V', 'UnsafeMutableRawPointer'],
  w: ['V', 'UnsafeMutableRawBufferPointer'],
  x: ['P', 'Strideable'],
  y: ['P', 'StringProtocol'],
  z: ['P', 'BinaryInteger'],
}

/** Types of concurrency after `Sc`. */
export const concurrencyTypes: typeof standardTypes = {
  A: ['P', 'Actor'],
  C: ['V', 'CheckedContinuation'],
  E: ['V', 'CancellationError'],
  F: ['P', 'Executor'],
  G: ['V', 'TaskGroup'],
  I: ['P', 'AsyncIteratorProtocol'],
  J: ['V', 'UnownedJob'],
  M: ['C', 'MainActor'],
  P: ['V', 'TaskPriority'],
  S: ['V', 'AsyncStream'],
  T: ['V', 'Task'],
  c: ['V', 'UnsafeContinuation'],
  e: ['V', 'UnownedSerialExecutor'],
  f: ['P', 'SerialExecutor'],
  g: ['V', 'ThrowingTaskGroup'],
  h: ['P', 'TaskExecutor'],
  i: ['P', 'AsyncSequence'],
  s: ['V', 'AsyncThrowingStream'],
  t: ['V', 'UnsafeCurrentTask'],
}

/** Types of the compiler after `B`. */
export const builtinTypes: Readonly<Record<string, string>> = {
  A: 'ImplicitActor',
  B: 'UnsafeValueBuffer',
  D: 'DefaultActorStorage',
  I: 'IntLiteral',
  O: 'UnknownObject',
  P: 'PackIndex',
  T: 'FixedArray',
  b: 'BridgeObject',
  c: 'RawUnsafeContinuation',
  d: 'NonDefaultDistributedActorStorage',
  e: 'Executor',
  j: 'Job',
  o: 'NativeObject',
  p: 'RawPointer',
  t: 'SILToken',
  w: 'Word',
}

/** Accessors after a variable or subscript. */
export const accessors: Readonly<Record<string, string>> = {
  G: 'getter',
  M: 'modify',
  W: 'didset',
  aO: 'owningMutableAddressor',
  ao: 'nativeOwningMutableAddressor',
  ap: 'nativePinningMutableAddressor',
  au: 'unsafeMutableAddressor',
  b: 'borrow',
  g: 'getter',
  i: 'init',
  lO: 'owningAddressor',
  lo: 'nativeOwningAddressor',
  lp: 'nativePinningAddressor',
  lu: 'unsafeAddressor',
  m: 'materializeForSet',
  r: 'read',
  s: 'setter',
  w: 'willset',
  x: 'modify2',
  y: 'read2',
  z: 'mutate',
}

/** Functions that the compiler makes of the whole one before: text before it. */
export const functionAttributes: Readonly<Record<string, string>> = {
  A: 'partial apply forwarder for ',
  D: 'dynamic ',
  E: 'distributed thunk ',
  F: 'distributed accessor for ',
  I: 'dynamically replaceable thunk for ',
  O: '@nonobjc ',
  U: 'async completion thunk for ',
  X: 'dynamically replaceable variable for ',
  a: 'partial apply ObjC forwarder for ',
  d: 'super ',
  m: 'merged ',
  o: '@objc ',
  u: 'async function pointer to ',
  w: 'thunk for non-constant partial apply in ',
  wB: 'back deployment fallback for ',
  wb: 'back deployment thunk for ',
  x: 'dynamically replaceable key for ',
}

/** The same for one entity. */
export const entityThunks: Readonly<Record<string, string>> = {
  c: 'curry thunk of ',
  j: 'dispatch thunk of ',
  q: 'method descriptor for ',
}

/** Data about a type, after `M`. */
export const typeData: Readonly<Record<string, string>> = {
  B: 'reflection metadata builtin descriptor ',
  C: 'reflection metadata superclass descriptor ',
  D: 'demangling cache variable for type metadata for ',
  F: 'reflection metadata field descriptor ',
  I: 'type metadata instantiation cache for ',
  J: 'noncanonical specialized generic type metadata cache for ',
  K: 'metadata instantiation cache for ',
  L: 'lazy cache variable for type metadata for ',
  M: 'canonical specialized generic metaclass for ',
  N: 'noncanonical specialized generic type metadata for ',
  P: 'generic type metadata pattern for ',
  U: 'ObjC metadata update function for ',
  R: 'mangled name of ',
  a: 'type metadata accessor for ',
  b: 'canonical specialized generic type metadata accessor for ',
  d: 'demangling cache variable for type metadata for ',
  f: 'full type metadata for ',
  i: 'type metadata instantiation function for ',
  l: 'type metadata singleton initialization cache for ',
  m: 'metaclass for ',
  n: 'nominal type descriptor for ',
  o: 'class metadata base offset for ',
  r: 'type metadata completion function for ',
  s: 'ObjC resilient class stub for ',
  t: 'full ObjC resilient class stub for ',
  u: 'method lookup function for ',
}

/** Tables about a conformance, after `W`. */
export const conformanceData: Readonly<Record<string, string>> = {
  G: 'generic protocol witness table for ',
  I: 'instantiation function for generic protocol witness table for ',
  P: 'protocol witness table for ',
  a: 'protocol witness table accessor for ',
  p: 'protocol witness table pattern for ',
  r: 'resilient protocol witness table for ',
}

/** Operations on values that are moved out of functions, after `WO`. */
export const outlined: Readonly<Record<string, string>> = {
  B: 'outlined init with take of ',
  C: 'outlined init with copy of ',
  D: 'outlined assign with take of ',
  F: 'outlined assign with copy of ',
  H: 'outlined destroy of ',
  b: 'outlined init with take of ',
  c: 'outlined init with copy of ',
  d: 'outlined assign with take of ',
  e: 'outlined consume of ',
  f: 'outlined assign with copy of ',
  g: 'outlined enum get tag of ',
  h: 'outlined destroy of ',
  i: 'outlined enum store tag of ',
  j: 'outlined enum project data of ',
  r: 'outlined retain of ',
  s: 'outlined release of ',
  y: 'outlined copy of ',
}

/** Special function types, after `X`: text before them. */
export const functionKinds: Readonly<Record<string, string>> = {
  A: '@autoclosure ',
  B: '@convention(block) ',
  C: '@convention(c) ',
  E: '',
  K: '@autoclosure ',
  L: '@escaping @convention(block) ',
  U: '',
  f: '@convention(thin) ',
}

/** Characters of operators, by letter from `a`. */
export const operatorCharacters = '& @/= >    <*!|+?%-~   ^ .'
