// Aliases that say what a number is. They document; they do not enforce.

/** A number of bytes. */
export type Bytes = number
/** Milliseconds. */
export type Millis = number
/** 0 to 100 inclusive. */
export type Percent = number
/** A date in UTC as `YYYY-MM-DD`. */
export type IsoDate = string
/** A time in UTC as `YYYY-MM-DDTHH:MM:SS.ffffff+00:00` (the fraction may be left out). */
export type IsoTime = string
