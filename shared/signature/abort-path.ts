// Frames between abort and the program in a C library without debug information: static functions have the names of
// the nearest exported ones there, such as `timer_settime` for the check of malloc that failed.
import type { DecidingEntry, FrameText, PlatformLists } from './lists.ts'

const library = /^(?:libc\.so(?:\.6)?|libc-2\.\d+\.so|(?:libc|ld)[.-]musl-\w+\.so\.1)$/
const abort = /^(?:__GI_)?abort$/

const guess: DecidingEntry = {
  role: 'irrelevant',
  as: null,
  topic: 'C library',
  reason: 'below abort in a C library without debug information, so the name is a guess',
  text: 'frames below abort',
}

/** The parts of a frame that decide; their values may have any type. */
type Frame = Readonly<Record<string, unknown>>

/** Reads the frames of one stack from the top. */
export function createAbortPath(lists: PlatformLists): (frame: Frame, text: FrameText) => FrameText {
  let isBelow = false
  return ({ module, function: name, file }, text) => {
    const isInside = typeof module === 'string' && library.test(module)
    const wasBelow = isBelow
    isBelow = isInside && (isBelow || (typeof name === 'string' && abort.test(name)))
    return wasBelow && isBelow && !file && isUnlisted(text, lists) ? { ...text, skip: guess } : text
  }
}

/** Functions that the lists name are exported ones: their names are right. */
function isUnlisted(frame: FrameText, lists: PlatformLists): boolean {
  if (frame.skip === undefined) frame.skip = lists.findSkip(frame.text)
  if (frame.prefix === undefined) frame.prefix = lists.findPrefix(frame.text)
  return frame.text !== '' && !frame.skip && !frame.prefix
}
