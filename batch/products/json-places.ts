// Where the values of a JSON text begin, so that a problem can be named with its line.

type Path = readonly PropertyKey[]

interface Place {
  /** Keys and indexes from the outermost. Valid until the next step. */
  path: Path
  /** Offset of the value; of its key, if it has one. */
  offset: number
  isKey: boolean
}

const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{},]|[^\s"[\]{},:]+/g

/** Keys and values in the order of a valid JSON text. */
function* placesOf(json: string): Generator<Place> {
  const path: (string | number)[] = []
  for (const { 0: token, 1: colon, index: offset } of json.matchAll(tokens)) {
    const last = path.length - 1
    if (token === ']' || token === '}') path.pop()
    else if (token === ',') {
      if (typeof path[last] === 'number') path[last]++
    } else {
      const isKey = colon !== undefined
      if (isKey) path[last] = JSON.parse(token.slice(0, -colon.length))
      yield { path, offset, isKey }
      if (token === '[') path.push(0)
      if (token === '{') path.push('')
    }
  }
}

const lineAt = (json: string, offset: number) => json.slice(0, offset).split('\n').length

/** The line, from 1, of a value of a valid JSON text; if it does not exist, of the innermost value around it. */
export function lineOf(json: string, wanted: Path): number {
  let found = { depth: -1, offset: 0 }
  for (const { path, offset } of placesOf(json)) {
    if (
      path.length > found.depth &&
      path.length <= wanted.length &&
      path.every((key, i) => key === wanted[i])
    )
      found = { depth: path.length, offset }
  }
  return lineAt(json, found.offset)
}

/** The first key of a valid JSON text that its object already has, with its line; null when there is none. */
export function repeatedKey(json: string): { key: string; line: number } | null {
  const seen = new Set<string>()
  for (const { path, offset, isKey } of placesOf(json)) {
    const key = JSON.stringify(path)
    if (isKey && seen.has(key)) return { key: String(path.at(-1)), line: lineAt(json, offset) }
    if (isKey) seen.add(key)
  }
  return null
}
