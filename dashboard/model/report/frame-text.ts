// Frames as text, in Socorro's forms.
import type { StoredFrame } from '../../../shared/fields/stackwalk.ts'
import { tidyFunction } from '../../../shared/symbolicate/frame-names.ts'

const trimHex = (hex: string) => hex.replace(/^0x0*(?=[0-9a-f])/i, '0x')

/** The most specific text: function; else file and line; else module and offset; else the address. */
export function frameText(frame: StoredFrame): string {
  const name = frame.demangled ?? frame.function
  if (name) return tidyFunction(name)
  if (frame.file && typeof frame.line === 'number') return `${frame.file}#${frame.line}`
  if (frame.module) return `${frame.module}@${trimHex(frame.module_offset ?? '0x0')}`
  const unloaded = frame.unloaded_modules?.[0]
  if (unloaded) return `(unloaded ${unloaded.module}@${trimHex(unloaded.offsets?.[0] ?? '0x0')})`
  return `@${trimHex(frame.offset ?? '0x0')}`
}
