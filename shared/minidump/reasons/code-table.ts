// Tables of many numbered names, kept as text and read when first needed.

/**
 * A table of many names as text: each line is the first code in hex and the names of it and the codes after it.
 * The usual prefix is left out; names without it begin with `!`.
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
