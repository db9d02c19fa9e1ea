// No object is read or written under a key that may be any text: `constructor` and `__proto__` are names that clients
// send. Held by the types of all element accesses.
import { join, relative, resolve } from 'node:path'
import {
  type BinaryExpression,
  type ElementAccessExpression,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { API, type Project, type Type, TypeFlags } from 'typescript/unstable/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const configs = ['.', 'edge', 'batch', 'dashboard'].map((folder) => join(root, folder, 'tsconfig.json'))

/** Where keys of type string are names of our own, and speed counts. */
const ownKeys: readonly RegExp[] = [
  /^shared\/own\.ts$/,
  // Columns of the tables in symbol files.
  /^shared\/symbols\/symdex\//,
  // Columns of the tables in the lake.
  /^batch\/lake\/(parquet|tables|vectors)\.ts$/,
]

const api = new API({ cwd: root })
const found = new Map<string, string[]>()

beforeAll(() => {
  for (const config of configs) {
    const project = api.updateSnapshot({ openProject: config }).getProject(config)!
    for (const name of project.program.getSourceFileNames()) {
      const file = relative(root, name)
      if (/^(shared|edge|batch|dashboard)\//.test(file) && !found.has(file))
        found.set(file, textKeys(project, name))
    }
  }
}, 60_000)
afterAll(() => api.close())

/** The element accesses and `in` of a file whose key may be any text, each as `<line>: <code>`. */
function textKeys({ program, checker }: Project, name: string): string[] {
  const source = program.getSourceFile(name)!
  const keys: { node: Node; key: Node }[] = []
  const visit = (node: Node): void => {
    if (node.kind === SyntaxKind.ElementAccessExpression) {
      keys.push({ node, key: (node as ElementAccessExpression).argumentExpression })
    }
    if (node.kind === SyntaxKind.BinaryExpression) {
      const { left, operatorToken } = node as BinaryExpression
      if (operatorToken.kind === SyntaxKind.InKeyword) keys.push({ node, key: left })
    }
    node.forEachChild(visit)
  }
  visit(source)
  return keys
    .filter(({ key }) =>
      partsOf(checker.getTypeAtLocation(key)!).some(
        (type) => isText(type) && !hasPrefix(checker.typeToString(type)),
      ),
    )
    .map(({ node }) => {
      const line = source.text.slice(0, node.end).split('\n').length
      return `${line}: ${source.text.slice(node.pos, node.end).trim()}`
    })
}

const partsOf = (type: Type): readonly Type[] => (type.isUnionType() ? type.getTypes() : [type])

/** Text that begins with one of our names, such as `upload_file_minidump${string}`, is none that objects inherit. */
const hasPrefix = (type: string) => /^`[a-z]\w+\$/.test(type)

/** Literals are names that the code knows; numbers and symbols are no names. */
function isText(type: Type): boolean {
  return (
    (type.flags & (TypeFlags.String | TypeFlags.TemplateLiteral | TypeFlags.Any | TypeFlags.Unknown)) !== 0
  )
}

test('the check sees the whole code, and the one place that may index by text', () => {
  expect(found.size).toBeGreaterThan(300)
  expect(found.get('shared/own.ts')).toEqual([
    expect.stringContaining('object[key]'),
    expect.stringContaining('object[key]'),
  ])
})

test('objects are indexed by text only through own() and setOwn()', () => {
  const wrong = [...found].filter(([file]) => !ownKeys.some((pattern) => pattern.test(file)))
  expect(wrong.flatMap(([file, places]) => places.map((place) => `${file}:${place}`))).toEqual([])
})
