// The state of a frame while its prologue is undone step by step, and the rules that follow from it.
import type { RuleList } from '../module-symbols.ts'

interface Place {
  register: string
  offset: number
}

/** `register + offset` as an expression. */
const sum = ({ register, offset }: Place) => (offset === 0 ? register : `${register} ${offset} +`)

/** Tracks the stack pointer as a register of the frame and an offset. */
export class FrameState {
  private pointer: Place
  private readonly saved = new Map<string, Place>()
  private machineFrame: { cfa: Place; returnAddress: Place } | null = null

  constructor(stackPointer: string) {
    this.pointer = { register: stackPointer, offset: 0 }
  }

  /** The stack pointer is `register - offset`. */
  setPointer(register: string, offset: number): void {
    this.pointer = { register, offset: -offset }
  }

  release(bytes: number): void {
    this.pointer = { ...this.pointer, offset: this.pointer.offset + bytes }
  }

  /** `register` is saved at the stack pointer plus `offset`. */
  save(register: string, offset = 0): void {
    this.saved.set(register, { ...this.pointer, offset: this.pointer.offset + offset })
  }

  /** `register` is saved at `base + offset`. */
  saveAt(register: string, base: string, offset: number): void {
    this.saved.set(register, { register: base, offset })
  }

  /** The processor has pushed the return address and the caller's stack pointer, with an error code before them. */
  machine(errorBytes: number): void {
    const at = (offset: number) => ({ ...this.pointer, offset: this.pointer.offset + errorBytes + offset })
    this.machineFrame = { returnAddress: at(0), cfa: at(24) }
  }

  /**
   * The rules; `returnBytes` is the size of a return address that the call pushed. Without one, `.ra` is where
   * `linkRegister` was saved, or that register.
   */
  rules(returnBytes: number, linkRegister: string | null): RuleList {
    if (this.machineFrame) return this.machineRules(this.machineFrame)
    const cfa: Place = { ...this.pointer, offset: this.pointer.offset + returnBytes }
    const location = (place: Place) =>
      place.register === cfa.register ? `.cfa ${place.offset - cfa.offset} + ^` : `${sum(place)} ^`
    const link = linkRegister === null ? undefined : this.saved.get(linkRegister)
    const returnAddress =
      linkRegister === null ? `.cfa ${-returnBytes} + ^` : link ? location(link) : linkRegister
    return [
      ['.cfa', sum(cfa)],
      ['.ra', returnAddress],
      ...[...this.saved]
        .filter(([register]) => register !== linkRegister)
        .map(([register, place]) => [register, location(place)] as const),
    ]
  }

  private machineRules({ cfa, returnAddress }: { cfa: Place; returnAddress: Place }): RuleList {
    return [
      ['.cfa', `${sum(cfa)} ^`],
      ['.ra', `${sum(returnAddress)} ^`],
      ...[...this.saved].map(([register, place]) => [register, `${sum(place)} ^`] as const),
    ]
  }
}

/** Rules by offset from a function's start as a record. Later rows of one offset replace earlier ones. */
export function recordOf(start: number, size: number, rows: readonly { offset: number; rules: RuleList }[]) {
  const sorted = rows.filter(({ offset }, i) => offset < size && rows[i + 1]?.offset !== offset)
  const changes = []
  for (let i = 1; i < sorted.length; i++) {
    const rules = changed(sorted[i - 1]!.rules, sorted[i]!.rules)
    if (rules.length > 0) changes.push({ address: start + sorted[i]!.offset, rules })
  }
  return { start, size, initial: sorted[0]?.rules ?? [], changes }
}

function changed(before: RuleList, after: RuleList): RuleList {
  const old = new Map(before)
  const now = new Map(after)
  const gone = before
    .filter(([register]) => !now.has(register))
    .map(([register]) => [register, register] as const)
  return [...after.filter(([register, rule]) => old.get(register) !== rule), ...gone]
}
