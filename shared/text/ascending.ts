// The usual order of values, for `sort`.

/** Negative, 0 or positive: texts by their UTF-16 units, as JavaScript's `<` compares them, anything else by value. */
export const ascending = <T extends string | number | bigint | boolean>(a: T, b: T): number =>
  a < b ? -1 : a > b ? 1 : 0
