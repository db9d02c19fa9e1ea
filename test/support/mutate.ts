// Seeded damage to bytes for fuzzing: the same seed always makes the same mutants.

/** Uniform numbers in 0 (inclusive) to 1 (exclusive); mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Mutation = (bytes: Uint8Array, below: (limit: number) => number) => Uint8Array

const interesting = [
  0, 1, 4, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff,
]

const mutations: Record<string, Mutation> = {
  flip(bytes, below) {
    const copy = bytes.slice()
    for (let n = 1 + below(8); n > 0 && copy.length > 0; n--) copy[below(copy.length)]! ^= 1 << below(8)
    return copy
  },
  truncate: (bytes, below) => bytes.slice(0, below(bytes.length + 1)),
  /** Copies a stretch over another place. */
  splice(bytes, below) {
    const copy = bytes.slice()
    const length = Math.min(1 + below(256), copy.length)
    const from = below(copy.length - length + 1)
    copy.set(bytes.subarray(from, from + length), below(copy.length - length + 1))
    return copy
  },
  /** Cuts a stretch out, or doubles it. */
  shift(bytes, below) {
    const at = below(bytes.length + 1)
    const length = Math.min(1 + below(64), bytes.length - at)
    const tail = below(2) ? bytes.subarray(at + length) : bytes.subarray(at)
    const copy = new Uint8Array(at + tail.length)
    copy.set(bytes.subarray(0, at))
    copy.set(tail, at)
    return copy
  },
  /** Writes a count, size or offset near a boundary into an aligned word. */
  grow(bytes, below) {
    const copy = bytes.slice()
    if (copy.length < 4) return copy
    const view = new DataView(copy.buffer)
    for (let n = 1 + below(4); n > 0; n--) {
      const at = below(copy.length >>> 2) * 4
      const value = below(3) ? interesting[below(interesting.length)]! : copy.length - below(64)
      view.setUint32(at, value >>> 0, below(8) > 0)
    }
    return copy
  },
}

/**
 * One mutant of `bytes`, damaged in one to three ways (flip, truncate, splice, shift, grow).
 * @param head half of the changes are in the first `head` bytes, where formats have counts and offsets
 */
export function mutate(bytes: Uint8Array, random: () => number, head = 1024): Uint8Array {
  const below = (limit: number) => Math.floor(random() * limit)
  const names = Object.keys(mutations)
  let mutant = bytes
  for (let n = 1 + below(3); n > 0; n--) {
    const change = mutations[names[below(names.length)]!]!
    const near = below(2) === 0
    mutant = change(mutant, near ? (limit) => below(Math.min(limit, Math.max(head, 1))) : below)
  }
  return mutant
}
