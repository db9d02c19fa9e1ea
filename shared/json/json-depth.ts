// Limits the nesting of JSON from outside: JSON.parse accepts any depth, recursive code after it would overflow the
// stack.

/** True when objects and arrays are nested deeper than `limit`; iterates level by level, so it cannot overflow. */
export function depthExceeds(root: unknown, limit: number): boolean {
  let level = [root].filter(isNested)
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true
    level = level.flatMap((node) => Object.values(node).filter(isNested))
  }
  return false
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null
