// Punycode (RFC 3492), as Rust and Swift spell identifiers that are not ASCII.

const base = 36
const smallest = 1
const largest = 26

/**
 * The text of an encoded identifier; null if it is not valid.
 * @param digits the alphabet of 36 digits
 */
export function decodePunycode(basic: string, encoded: string, digits: string): string | null {
  const points = Array.from(basic)
  let [code, index, bias] = [128, 0, 72]
  for (let at = 0; at < encoded.length; ) {
    const start = index
    let weight = 1
    for (let k = base; ; k += base) {
      const digit = at < encoded.length ? digits.indexOf(encoded[at++]!) : -1
      if (digit < 0) return null
      index += digit * weight
      const limit = Math.min(Math.max(k - bias, smallest), largest)
      if (digit < limit) break
      weight *= base - limit
      if (weight > 0xffff_ffff) return null
    }
    const length = points.length + 1
    bias = adapted(index - start, length, start === 0)
    code += Math.floor(index / length)
    if (code > 0x10_ffff || (code >= 0xd800 && code < 0xe000)) return null
    index %= length
    points.splice(index++, 0, String.fromCodePoint(code))
  }
  return points.join('')
}

function adapted(difference: number, length: number, isFirst: boolean): number {
  let delta = isFirst ? Math.floor(difference / 700) : Math.floor(difference / 2)
  delta += Math.floor(delta / length)
  let k = 0
  for (; delta > ((base - smallest) * largest) / 2; k += base) delta = Math.floor(delta / (base - smallest))
  return k + Math.floor(((base - smallest + 1) * delta) / (delta + 38))
}
