// Finds one byte string in a stream, in time linear in the stream however hostile it is (Knuth, Morris, Pratt 1977).

/** Looks for `needle`. `matched` says how many of its first bytes the end of what was fed may be the beginning of. */
export class ByteSearch {
  matched = 0
  private readonly needle: Uint8Array
  /** `borders[i]`: length of the longest proper prefix of the needle that ends its first `i` bytes. */
  private readonly borders: Uint16Array

  /** `needle`: 1 to 65,535 bytes. */
  constructor(needle: Uint8Array) {
    this.needle = needle
    this.borders = new Uint16Array(needle.length + 1)
    for (let i = 1, k = 0; i < needle.length; i++) {
      while (k > 0 && needle[i] !== needle[k]) k = this.borders[k]!
      if (needle[i] === needle[k]) k++
      this.borders[i + 1] = k
    }
  }

  /**
   * Goes on with `bytes` from `from` (inclusive). Returns the offset just past the first match, which may have begun in
   * bytes fed before, or -1. Between partial matches it leaps with `indexOf`.
   */
  feed(bytes: Uint8Array, from = 0): number {
    const { needle, borders } = this
    let matched = this.matched
    for (let at = from; at < bytes.length; at++) {
      if (matched === 0) {
        at = bytes.indexOf(needle[0]!, at)
        if (at < 0) break
      }
      const byte = bytes[at]
      while (matched > 0 && byte !== needle[matched]) matched = borders[matched]!
      if (byte === needle[matched]) matched++
      if (matched === needle.length) {
        this.matched = 0
        return at + 1
      }
    }
    this.matched = matched
    return -1
  }
}
