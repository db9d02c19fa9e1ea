// Valid keys and their order.
import { CrashError } from '../errors.ts'

const maxKeyBytes = 1024

/** True for a key that the storage port allows (`storage.ts`). */
export function isKey(key: string): boolean {
  if (key.length === 0 || key.length > maxKeyBytes || /[\u0000-\u001f\u007f]/.test(key)) return false
  if (!key.isWellFormed() || new TextEncoder().encode(key).length > maxKeyBytes) return false
  return key.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

/** @throws CrashError 'bad-usage' */
export function requireKey(key: string): void {
  if (!isKey(key)) throw new CrashError('bad-usage', `Not a key: ${JSON.stringify(key)}`)
}

/** Compares by UTF-8 bytes: negative, zero or positive. JavaScript's `<` differs beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Ranks surrogates above all other code units. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
