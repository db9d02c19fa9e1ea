// Aliases that document the unit of a number; they enforce nothing.

/** A number of bytes. */
export type Bytes = number
/** Milliseconds. */
export type Millis = number
/** 0 to 100 inclusive. */
export type Percent = number
/** A date in UTC as `YYYY-MM-DD`. */
export type IsoDate = string
/** A time in UTC as `YYYY-MM-DDTHH:MM:SS.ffffff+00:00` (the fraction is optional). */
export type IsoTime = string
