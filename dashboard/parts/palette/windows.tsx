// The windows that keys open, in one chunk.
import '../../styles/palette.css'
export { KeysWindow } from './keys-window.tsx'
export { Palette } from './palette.tsx'
