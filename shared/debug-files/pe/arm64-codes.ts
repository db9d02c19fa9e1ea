// Unwind codes of arm64, as steps that undo one instruction each.

/** Undone in this order: the stack pointer from the frame pointer, then saved registers, then the size of the frame. */
export interface Arm64Step {
  /** The stack pointer is x29 minus this number of bytes. */
  frame?: number
  /** Registers and their offsets from the stack pointer. */
  saves?: readonly (readonly [register: string, offset: number])[]
  /** Bytes that the instruction allocated. */
  release?: number
}

const nothing: Arm64Step = {}
const x = (number: number) => `x${number}`
const pair = (first: number, offset: number): [string, number][] => [
  [x(first), offset],
  [x(first + 1), offset + 8],
]

/** Codes of one byte, or two with `second`. Null when the code is of another length or unknown. */
function shortStep(code: number, second: number): { step: Arm64Step; length: number } | null {
  const one = (step: Arm64Step) => ({ step, length: 1 })
  const two = (step: Arm64Step) => ({ step, length: 2 })
  const wide = ((code & 7) << 8) | second
  const z6 = second & 0x3f
  const z5 = second & 0x1f
  if (code < 0x20) return one({ release: (code & 0x1f) * 16 })
  if (code < 0x40) return one({ saves: pair(19, 0), release: (code & 0x1f) * 8 })
  if (code < 0x80) return one({ saves: pair(29, (code & 0x3f) * 8) })
  if (code < 0xc0) return one({ saves: pair(29, 0), release: ((code & 0x3f) + 1) * 8 })
  if (code < 0xc8) return two({ release: wide * 16 })
  if (code < 0xcc) return two({ saves: pair(19 + (((code & 3) << 2) | (second >> 6)), z6 * 8) })
  if (code < 0xd0)
    return two({ saves: pair(19 + (((code & 3) << 2) | (second >> 6)), 0), release: (z6 + 1) * 8 })
  if (code < 0xd4) return two({ saves: [[x(19 + (((code & 3) << 2) | (second >> 6))), z6 * 8]] })
  if (code < 0xd6)
    return two({ saves: [[x(19 + (((code & 1) << 3) | (second >> 5))), 0]], release: (z5 + 1) * 8 })
  if (code < 0xd8) return two(linkPair(19 + 2 * (((code & 1) << 2) | (second >> 6)), z6 * 8))
  if (code < 0xda) return two(nothing)
  if (code < 0xdc) return two({ release: (z6 + 1) * 8 })
  if (code < 0xde) return two(nothing)
  if (code === 0xde) return two({ release: (z5 + 1) * 8 })
  return otherStep(code, second)
}

const linkPair = (register: number, offset: number): Arm64Step => ({
  saves: [
    [x(register), offset],
    ['x30', offset + 8],
  ],
})

function otherStep(code: number, second: number): { step: Arm64Step; length: number } | null {
  switch (code) {
    case 0xe1:
      return { step: { frame: 0 }, length: 1 }
    case 0xe2:
      return { step: { frame: second * 8 }, length: 2 }
    case 0xe3:
    case 0xfc:
      return { step: nothing, length: 1 }
    default:
      return null
  }
}

export interface Arm64Codes {
  /** Those of the prologue, in the order of undoing. */
  steps: Arm64Step[]
  /** A part of a function, whose prologue was executed elsewhere (`end_c`). */
  isFragment: boolean
}

/** Null when a code is unknown or cut. */
export function readSteps(codes: Uint8Array): Arm64Codes | null {
  const steps: Arm64Step[] = []
  /** Pairs that `save_next` adds to the one that follows in this order. */
  let more = 0
  let isFragment = false
  for (let at = 0; at < codes.length; ) {
    const code = codes[at]!
    if (code === 0xe4) break
    if (code === 0xe5) {
      isFragment = true
      at++
      continue
    }
    if (code === 0xe6) {
      more++
      steps.push(nothing)
      at++
      continue
    }
    const found = longStep(codes, at) ?? shortStep(code, codes[at + 1] ?? 0)
    if (!found || at + found.length > codes.length) return null
    extend(steps, found.step, more)
    more = 0
    steps.push(found.step)
    at += found.length
  }
  return { steps, isFragment }
}

/** The steps of `save_next` before `step` save the pairs after its own, the nearest first. */
function extend(steps: Arm64Step[], { saves }: Arm64Step, count: number): void {
  if (saves?.length !== 2 || saves[0]![0] === 'x29') return
  const first = Number(saves[0]![0].slice(1))
  for (let i = 1; i <= count && first + 2 * i <= 27; i++)
    steps[steps.length - i] = { saves: pair(first + 2 * i, saves[0]![1] + 16 * i) }
}

/** Codes of three and four bytes. */
function longStep(codes: Uint8Array, at: number): { step: Arm64Step; length: number } | null {
  const [code, a, b, c] = [codes[at], codes[at + 1], codes[at + 2], codes[at + 3]]
  if (code === 0xe0 && c !== undefined)
    return { step: { release: ((a! << 16) | (b! << 8) | c) * 16 }, length: 4 }
  if (code !== 0xe7 || b === undefined) return null
  const register = a! & 0x1f
  const isPair = (a! & 0x40) !== 0
  const isPreIndexed = (a! & 0x20) !== 0
  const kind = b >> 6
  const scale = isPair || isPreIndexed || kind === 2 ? 16 : 8
  const offset = (b & 0x3f) * scale
  const from = isPreIndexed ? 0 : offset
  const names = kind !== 0 ? [] : isPair ? [register, register + 1] : [register]
  const saves = names.map((number, i) => [x(number), from + 8 * i] as const)
  return { step: { saves, ...(isPreIndexed ? { release: offset + 16 } : {}) }, length: 3 }
}

/** The canonical prologue that a packed entry describes, in the order of undoing. */
export function packedSteps(word: number): Arm64Step[] {
  const { homes, cr, frameBytes, savedBytes, saves } = packedFields(word)
  const first = [...saves, ...Array.from({ length: homes ? 4 : 0 }, () => nothing)]
  if (first.length > 0) first[0] = { ...first[0], release: savedBytes }
  return [...signed(cr), ...first, ...localSteps(frameBytes - savedBytes, cr)].reverse()
}

/** The canonical epilogue: parameters stay where they are, and the frame pointer needs no instruction of its own. */
export function packedEpilogue(word: number): Arm64Step[] {
  const { homes, cr, frameBytes, savedBytes, saves } = packedFields(word)
  const first = saves.length > 0 || !homes ? [...saves] : [nothing]
  if (first.length > 0) first[0] = { ...first[0], release: savedBytes }
  const locals = localSteps(frameBytes - savedBytes, cr).filter(({ frame }) => frame === undefined)
  return [...signed(cr), ...first, ...locals].reverse()
}

const signed = (cr: number): Arm64Step[] => (cr === 2 ? [nothing] : [])

function packedFields(word: number) {
  const regF = (word >>> 13) & 7
  const regI = (word >>> 16) & 15
  const homes = ((word >>> 20) & 1) === 1
  const cr = (word >>> 21) & 3
  const integerBytes = regI * 8 + (cr === 1 ? 8 : 0)
  const floatBytes = regF > 0 ? regF * 8 + 8 : 0
  const savedBytes = (integerBytes + floatBytes + (homes ? 64 : 0) + 15) & ~15
  const floats = Array.from({ length: Math.ceil(floatBytes / 16) }, () => nothing)
  const saves = [...integerSaves(regI, cr === 1), ...floats]
  return { homes, cr, frameBytes: (word >>> 23) * 16, savedBytes, saves }
}

/** Pairs from x19; the last of an odd number goes with the link register where that is saved. */
function integerSaves(count: number, withLink: boolean): Arm64Step[] {
  const saves: Arm64Step[] = []
  for (let i = 0; i + 1 < count; i += 2) saves.push({ saves: pair(19 + i, 8 * i) })
  const last = count - 1
  if (count % 2 === 1)
    saves.push(withLink ? linkPair(19 + last, 8 * last) : { saves: [[x(19 + last), 8 * last]] })
  else if (withLink) saves.push({ saves: [['x30', 8 * count]] })
  return saves
}

/** Local variables, and the frame pointer with the link register. */
function localSteps(bytes: number, cr: number): Arm64Step[] {
  const isChain = cr >= 2
  if (isChain && bytes <= 512) return [{ saves: pair(29, 0), release: bytes }, { frame: 0 }]
  const chain = isChain ? [{ saves: pair(29, 0) }, { frame: 0 }] : []
  if (bytes <= 0) return chain
  const allocations = bytes <= 4080 ? [{ release: bytes }] : [{ release: 4080 }, { release: bytes - 4080 }]
  return [...allocations, ...chain]
}
