// Finds a byte string in a stream: skips ahead where possible, in linear time at worst.
// Horspool 1980 (https://doi.org/10.1002/spe.4380100608); Knuth, Morris, Pratt 1977
// (https://doi.org/10.1137/0206024).

/** Searches for `needle`. `matched` is the length of its longest prefix that ends the bytes fed so far. */
export class ByteSearch {
  matched = 0
  private readonly needle: Uint8Array
  /** `borders[i]`: length of the longest proper prefix of the needle that ends its first `i` bytes. */
  private readonly borders: Uint16Array
  /** How far to skip when the needle's last position holds this byte; 0 for its last byte. */
  private readonly leaps: Uint16Array
  /** How far to skip when the last byte matches but the needle does not. */
  private readonly leapAfterLast: number

  /** `needle`: 1 to 65,535 bytes. */
  constructor(needle: Uint8Array) {
    const { length } = needle
    this.needle = needle
    this.borders = new Uint16Array(length + 1)
    for (let i = 1, k = 0; i < length; i++) {
      while (k > 0 && needle[i] !== needle[k]) k = this.borders[k]!
      if (needle[i] === needle[k]) k++
      this.borders[i + 1] = k
    }
    this.leaps = new Uint16Array(256).fill(length)
    for (let i = 0; i < length - 1; i++) this.leaps[needle[i]!] = length - 1 - i
    this.leapAfterLast = this.leaps[needle[length - 1]!]!
    this.leaps[needle[length - 1]!] = 0
  }

  /**
   * Continues with `bytes` from `from` (inclusive). Returns the offset after the first match, which may have started
   * in earlier bytes, or -1.
   */
  feed(bytes: Uint8Array, from = 0): number {
    let at = from
    if (this.matched > 0) {
      at = this.step(bytes, from, true)
      if (at < 0) return ~at
      if (this.matched > 0) return -1
    }
    at = this.leap(bytes, at)
    if (at < 0) return ~at
    at = this.step(bytes, at, false)
    return at < 0 ? ~at : -1
  }

  /**
   * Byte by byte. Returns where it stopped: the end of `bytes`, or with `untilFree` where no prefix of the needle is
   * pending; `~end` of a match.
   */
  private step(bytes: Uint8Array, from: number, untilFree: boolean): number {
    const { needle, borders } = this
    let { matched } = this
    let at = from
    while (at < bytes.length && !(untilFree && matched === 0)) {
      const byte = bytes[at++]
      while (matched > 0 && byte !== needle[matched]) matched = borders[matched]!
      if (byte === needle[matched]) matched++
      if (matched === needle.length) {
        this.matched = 0
        return ~at
      }
    }
    this.matched = matched
    return at
  }

  /**
   * Skips ahead while the needle fits and comparing costs no more than reading. Returns the first position where the
   * needle may start, or `~end` of a match.
   */
  private leap(bytes: Uint8Array, from: number): number {
    const { needle, leaps, leapAfterLast } = this
    const { length } = bytes
    const lastPlace = needle.length - 1
    let credit = length - from
    let last = from + lastPlace
    while (last < length && credit > 0) {
      const leap = leaps[bytes[last]!]!
      last += leap
      if (leap > 0) continue
      const at = last - lastPlace
      let i = 0
      while (i < lastPlace && bytes[at + i] === needle[i]) i++
      if (i === lastPlace) return ~(at + needle.length)
      credit -= i
      last += leapAfterLast
    }
    return Math.min(last - lastPlace, length)
  }
}
