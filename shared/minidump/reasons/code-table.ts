// Tables of many named codes, stored as text and parsed on first use.

/**
 * A table as text: each line holds the first code in hex, then the names of it and of the codes that follow. Names
 * omit the common prefix; those without it start with `!`.
 */
export function codeTable(prefix: string, text: string): () => ReadonlyMap<number, string> {
  let table: Map<number, string> | null = null
  return () => {
    table ??= parseTable(prefix, text)
    return table
  }
}

function parseTable(prefix: string, text: string): Map<number, string> {
  const table = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [first, ...names] = line.split(' ')
    let code = Number.parseInt(first!, 16)
    for (const name of names) table.set(code++, name.startsWith('!') ? name.slice(1) : prefix + name)
  }
  return table
}
