// Names that objects inherit, such as `constructor`. As keys and values from clients they must have no special meaning.
export const hostileNames = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'prototype',
] as const

/** A JSON object of all names: it cannot be converted to text, and must not change any prototype. */
export const hostileObject = (): Record<string, unknown> =>
  JSON.parse(`{${hostileNames.map((name) => `"${name}":{"polluted":"yes"}`).join(',')}}`)

/** Matches the source of a function, or an object converted to text. */
export const leakedCode = /\[native code\]|\[object |function \w*\(/
