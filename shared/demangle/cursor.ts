// The position in a mangled name, with the bounds that every grammar of this folder keeps.
/** UTF-16 units of a mangled name, and of every text made of one: back references could double them without end. */
export const maxMangled = 8192
const maxText = 65_536
const maxDepth = 200
const maxSteps = 20_000

/** Thrown for a text that is not a mangled name, or exceeds a bound; never leaves this folder. */
export class NotMangled extends Error {}

/** Reads a mangled name from its start. Every grammar of this folder extends it. */
export class Cursor {
  protected readonly text: string
  protected at: number
  #steps = 0
  #depth = 0

  constructor(text: string, at = 0) {
    this.text = text
    this.at = at
  }

  protected fail(): never {
    throw new NotMangled('not a mangled name')
  }

  /** Counts work that consumes nothing. */
  protected step(count = 1): void {
    this.#steps += count
    if (this.#steps > maxSteps) this.fail()
  }

  /** Reads a part that may contain others. */
  protected nested<T>(read: () => T): T {
    this.step()
    if (++this.#depth > maxDepth) this.fail()
    const value = read()
    this.#depth--
    return value
  }

  protected bounded(text: string): string {
    return text.length > maxText ? this.fail() : text
  }

  /** The character at `at + ahead`; empty at the end. */
  protected peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? ''
  }

  protected next(): string {
    this.step()
    return this.text[this.at++] ?? this.fail()
  }

  protected looksAt(wanted: string): boolean {
    return this.text.startsWith(wanted, this.at)
  }

  protected take(wanted: string): boolean {
    if (!this.looksAt(wanted)) return false
    this.step()
    this.at += wanted.length
    return true
  }

  protected expect(wanted: string): void {
    if (!this.take(wanted)) this.fail()
  }

  protected get isAtEnd(): boolean {
    return this.at >= this.text.length
  }

  /** A decimal number; null without digits. */
  protected number(): number | null {
    const start = this.at
    while (this.peek() >= '0' && this.peek() <= '9') this.at++
    if (this.at === start) return null
    this.step()
    return this.at - start > 9 ? this.fail() : Number(this.text.slice(start, this.at))
  }

  protected slice(length: number): string {
    const end = this.at + length
    if (end > this.text.length) this.fail()
    const part = this.text.slice(this.at, end)
    this.at = end
    return part
  }
}

/** The result of a grammar, or null for a text that is not a mangled name. */
export function orNull(read: () => string): string | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof NotMangled) return null
    throw error
  }
}
