// What one archive may cost, with all archives in it.
import { CrashError } from '../errors.ts'
import type { Bytes } from '../units.ts'

/** Debug data shrink to a tenth, bombs to a thousandth. */
const maxRatio = 100
const freeBytes: Bytes = 256 * 1024 * 1024
const maxFiles = 200_000
/** A package in a zip of a build in a tar. */
export const maxDepth = 6

export class ArchiveBudget {
  private bytes: Bytes
  private files = maxFiles

  /** `size`: of the outermost archive. */
  constructor(size: Bytes) {
    this.bytes = Math.max(freeBytes, size * maxRatio)
  }

  /** True once a limit was reached: nothing more is read. */
  isSpent = false

  /** @throws CrashError 'limit' */
  spendBytes(bytes: Bytes): void {
    this.bytes -= bytes
    if (this.bytes < 0) this.refuse(`it inflates to more than ${maxRatio} times its size`)
  }

  /** @throws CrashError 'limit' */
  spendFile(): void {
    if (--this.files < 0) this.refuse(`it has more than ${maxFiles} files`)
  }

  private refuse(problem: string): never {
    this.isSpent = true
    throw new CrashError('limit', `The archive is refused: ${problem}`)
  }
}
