// Names that objects inherit: as keys and values that clients send they mean nothing special.
export const hostileNames = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'prototype',
] as const

/** A JSON object of all names: it cannot be converted to text, and must not lend its prototype. */
export const hostileObject = (): Record<string, unknown> =>
  JSON.parse(`{${hostileNames.map((name) => `"${name}":{"polluted":"yes"}`).join(',')}}`)

/** Matches text of code: the source of a function, or an object that was converted to text. */
export const leakedCode = /\[native code\]|\[object |function \w*\(/
