// Finds where the code indexes objects by any text, from the types of element accesses.
import { join, relative } from 'node:path'
import {
  type BinaryExpression,
  type ElementAccessExpression,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { API, type Project, type Type, TypeFlags } from 'typescript/unstable/sync'

/**
 * By file, the element accesses and `in` whose key may be any text, each as `<line>: <code>`. Literals,
 * template literals, numbers and symbols do not count as text.
 * @param root absolute path; `folders` below it have a tsconfig.json each
 */
export function findTextKeys(
  root: string,
  folders: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  const api = new API({ cwd: root })
  try {
    for (const config of folders.map((folder) => join(root, folder, 'tsconfig.json'))) {
      const project = api.updateSnapshot({ openProject: config }).getProject(config)!
      for (const name of project.program.getSourceFileNames()) {
        const file = relative(root, name)
        const isOurs = /^(shared|edge|batch|dashboard)\//.test(file)
        if (isOurs && !found.has(file)) found.set(file, textKeysOf(project, name))
      }
    }
  } finally {
    api.close()
  }
  return found
}

function textKeysOf({ program, checker }: Project, name: string): string[] {
  const source = program.getSourceFile(name)!
  const uses: { node: Node; key: Node }[] = []
  const visit = (node: Node): void => {
    const key = keyOf(node)
    if (key) uses.push({ node, key })
    node.forEachChild(visit)
  }
  visit(source)
  return uses
    .filter(({ key }) => mayBeText(checker.getTypeAtLocation(key)!))
    .map(({ node }) => {
      const line = source.text.slice(0, node.end).split('\n').length
      return `${line}: ${source.text.slice(node.pos, node.end).trim()}`
    })
}

/** The key of `object[key]` and `key in object`; null for other nodes. */
function keyOf(node: Node): Node | null {
  if (node.kind === SyntaxKind.ElementAccessExpression) {
    return (node as ElementAccessExpression).argumentExpression
  }
  if (node.kind !== SyntaxKind.BinaryExpression) return null
  const { left, operatorToken } = node as BinaryExpression
  return operatorToken.kind === SyntaxKind.InKeyword ? left : null
}

const text = TypeFlags.String | TypeFlags.Any | TypeFlags.Unknown

function mayBeText(type: Type): boolean {
  return (type.isUnionType() ? type.getTypes() : [type]).some(({ flags }) => (flags & text) !== 0)
}
