// Text from reports, safe where control characters would act.

/** Control characters except tab and line feed, and characters that change the direction of text. */
const unsafe = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text from reports, safe for a terminal or a message: control characters become escapes. */
export const visible = (text: string): string =>
  text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
