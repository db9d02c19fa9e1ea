// The words of a text. Only A to Z are folded: engines disagree on the case of other letters, and on what a letter is.

const word = /[A-Za-z0-9_\u{80}-\u{10FFFF}]+/gu

/** The text with A to Z in lower case. */
export const fold = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** The distinct words of a text, folded. */
export const wordsOf = (text: string): string[] => [...new Set(fold(text).match(word) ?? [])]

/** The distinct parts between semicolons, without empty ones. */
export const itemsOf = (text: string): string[] => [...new Set(text.split(';').filter((item) => item !== ''))]
