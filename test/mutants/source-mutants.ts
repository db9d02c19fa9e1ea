// Small changes of source code that tests should notice.
import { parseSync } from 'oxc-parser'

export interface Mutant {
  /** From the root of the repository. */
  file: string
  /** Counts from 1. */
  line: number
  kind: Kind
  /** UTF-16 offsets into the source; `end` is exclusive. */
  start: number
  end: number
  replacement: string
}

export type Kind = 'boundary' | 'negation' | 'dropped statement' | 'swapped arguments' | 'emptied string'

interface Node {
  type: string
  start: number
  end: number
  [key: string]: unknown
}

type Change = Pick<Mutant, 'kind' | 'start' | 'end' | 'replacement'>

const boundaries: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' }
const negations: Readonly<Record<string, string>> = { '===': '!==', '!==': '===', '&&': '||', '||': '&&' }

/** Calls whose arguments have no order. */
const commutative = /^Math\.(?:imul|max|min)$/

/** Types, and the names of modules, do not run. */
const skipped = /^(TS(?!AsExpression|NonNull|Satisfies|As)|Import|Export(?:All|Named)Declaration$)/

/** Every mutant of a file, in the order of the source. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const changes: Change[] = []
  visit(parseSync(file, text).program as unknown as Node, (node) => changes.push(...changesOf(node, text)))
  return changes
    .map((change) => ({ file, line: text.slice(0, change.start).split('\n').length, ...change }))
    .sort((a, b) => a.start - b.start)
}

/** The source with the mutant in place of the original. */
export const applyMutant = (text: string, { start, end, replacement }: Mutant): string =>
  text.slice(0, start) + replacement + text.slice(end)

function visit(node: Node, act: (node: Node) => void): void {
  if (skipped.test(node.type) && !node.declaration) return
  act(node)
  for (const [name, child] of Object.entries(node)) {
    if (name === 'typeAnnotation' || name === 'returnType' || (name === 'key' && !node.computed)) continue
    for (const one of Array.isArray(child) ? child : [child]) if (isNode(one)) visit(one, act)
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value

function changesOf(node: Node, text: string): Change[] {
  const of = (part: Node) => text.slice(part.start, part.end)
  const { start, end } = node
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return operatorChanges(node, text)
    case 'UnaryExpression': {
      const operand = node.argument as Node
      return node.operator === '!' ? [{ kind: 'negation', start, end, replacement: of(operand) }] : []
    }
    case 'IfStatement':
    case 'ConditionalExpression': {
      const test = node.test as Node
      return [{ kind: 'negation', start: test.start, end: test.end, replacement: `!(${of(test)})` }]
    }
    case 'ExpressionStatement':
      return node.directive ? [] : [{ kind: 'dropped statement', start, end, replacement: ';' }]
    case 'CallExpression': {
      const [a, b] = node.arguments as Node[]
      if (!a || !b || [a, b].some(({ type }) => type === 'SpreadElement') || of(a) === of(b)) return []
      if (commutative.test(of(node.callee as Node))) return []
      const between = text.slice(a.end, b.start)
      const replacement = of(b) + between + of(a)
      return [{ kind: 'swapped arguments', start: a.start, end: b.end, replacement }]
    }
    case 'Literal':
      return typeof node.value === 'string' && node.value
        ? [{ kind: 'emptied string', start, end, replacement: "''" }]
        : []
    case 'TemplateLiteral':
      return end - start > 2 ? [{ kind: 'emptied string', start, end, replacement: "''" }] : []
    default:
      return []
  }
}

function operatorChanges(node: Node, text: string): Change[] {
  const operator = node.operator as string
  const [left, right] = [node.left as Node, node.right as Node]
  const start = left.end + text.slice(left.end, right.start).indexOf(operator)
  const at = { start, end: start + operator.length }
  if (Object.hasOwn(boundaries, operator))
    return [{ kind: 'boundary', ...at, replacement: boundaries[operator]! }]
  if (Object.hasOwn(negations, operator))
    return [{ kind: 'negation', ...at, replacement: negations[operator]! }]
  return []
}
