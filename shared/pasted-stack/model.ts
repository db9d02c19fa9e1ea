// Pasted text as frames and modules.

/** A module that frames refer to. */
export interface PastedModule {
  /** Its file name in the text. */
  name: string
  /** The name of its debug file, as far as the text shows it. */
  debugFile: string
  /** Null when the text does not state it. */
  debugId: string | null
}

export interface PastedFrame {
  /** The line that shows it, from 0. */
  line: number
  /** Index into `modules`. */
  module: number
  /** Relative to the module, as shown. */
  offset: number
  /** The address to look up: in the call instruction, where the text shows the address after it. */
  lookup: number
}

export interface PastedStack {
  lines: string[]
  frames: PastedFrame[]
  modules: PastedModule[]
  /** Lines or frames beyond the limits were dropped. */
  truncated: boolean
}

/** A module with the addresses that it was loaded at, from the list in a report. */
export interface Image {
  name: string
  debugFile: string
  debugId: string | null
  /** Null where the text has no addresses. */
  base: number | null
  end: number | null
}
