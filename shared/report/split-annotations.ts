// Long values that Electron sends in pieces (`key__1`, `key__2`, …) put together again.
// https://github.com/electron/electron/blob/main/shell/common/crash_keys.cc

const piece = /^(.+)__(\d{1,4})$/

/**
 * The annotations with every complete series `key__1` … `key__n` of texts joined under `key`, in place of its first
 * piece. A series that does not begin with 1, or whose `key` is there already, stays as it is; so does what comes after a
 * gap.
 */
export function joinSplitAnnotations(
  annotations: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, unknown> {
  const series = new Map<string, string[]>()
  for (const name of annotations.keys()) {
    const match = piece.exec(name)
    if (match?.[2] === '1' && !annotations.has(match[1]!)) {
      const texts = textsOf(annotations, match[1]!)
      if (texts.length > 0) series.set(match[1]!, texts)
    }
  }
  return series.size === 0 ? annotations : new Map(joined(annotations, series))
}

function textsOf(annotations: ReadonlyMap<string, unknown>, key: string): string[] {
  const texts: string[] = []
  for (let i = 1; ; i++) {
    const value = annotations.get(`${key}__${i}`)
    if (typeof value !== 'string') return texts
    texts.push(value)
  }
}

function* joined(
  annotations: ReadonlyMap<string, unknown>,
  series: ReadonlyMap<string, string[]>,
): Generator<[string, unknown]> {
  for (const [name, value] of annotations) {
    const match = piece.exec(name)
    const texts = match ? series.get(match[1]!) : undefined
    const number = Number(match?.[2])
    if (!texts || number > texts.length || `${number}` !== match![2]) yield [name, value]
    else if (number === 1) yield [match![1]!, texts.join('')]
  }
}
