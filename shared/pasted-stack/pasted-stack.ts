// Frames and modules in pasted text: crash reports and logs of many programs, line by line.
import { debugIdOfBuildId } from './debug-ids.ts'
import { frameIn } from './frame-lines.ts'
import { imageIn, moduleRecordIn } from './image-lines.ts'
import { linesOfIps } from './ips.ts'
import type { Image, PastedModule, PastedStack } from './model.ts'

const maxPastedLines = 20_000
const maxFrames = 10_000
const maxModules = 5000
/** Longer lines show no frame. */
const maxLineLength = 1000
const offsetLimit = 2 ** 32

/** Reads pasted text. Never fails: lines without a frame are only lines. */
export function parsePastedStack(text: string): PastedStack {
  const all = linesOfIps(text) ?? { lines: text.split(/\r\n|\r|\n/), images: [] }
  const lines = all.lines.slice(0, maxPastedLines)
  const short = lines.map((line) => (line.length <= maxLineLength ? line : ''))
  const images = [...all.images, ...short.flatMap((line) => imageIn(line) ?? moduleRecordIn(line) ?? [])]
  const stack: PastedStack = { lines, frames: [], modules: [], truncated: all.lines.length > lines.length }
  const collector = createCollector(stack, images.slice(0, maxModules))
  for (const [number, line] of short.entries()) collector.add(number, line)
  return stack
}

function createCollector(stack: PastedStack, images: readonly Image[]) {
  const byName = new Map(images.map((image) => [image.name, image]))
  const placed = images.filter((image) => image.base !== null).sort((a, b) => a.base! - b.base!)
  const indexes = new Map<string, number>()
  const indexOf = (module: PastedModule): number => {
    const key = `${module.name}\n${module.debugId ?? ''}`
    const known = indexes.get(key)
    if (known !== undefined) return known
    indexes.set(key, stack.modules.length)
    return stack.modules.push(module) - 1
  }
  return {
    add(line: number, text: string) {
      const found = frameIn(text)
      if (!found) return
      const image = imageAt(placed, found.address) ?? byName.get(found.name) ?? null
      const fromImage =
        image && image.base !== null && found.address !== null ? found.address - image.base : null
      const offset = fromImage ?? found.offset
      if (offset === null || offset < 0 || offset >= offsetLimit) return
      if (stack.frames.length >= maxFrames) {
        stack.truncated = true
        return
      }
      const debugId = image?.debugId ?? (found.buildId === null ? null : debugIdOfBuildId(found.buildId))
      const { name, debugFile } = image ?? { name: found.name, debugFile: found.name }
      const lookup = found.isReturnAddress ? Math.max(0, offset - 1) : offset
      stack.frames.push({ line, module: indexOf({ name, debugFile, debugId }), offset, lookup })
    },
  }
}

/** The image that covers an address. */
function imageAt(placed: readonly Image[], address: number | null): Image | null {
  if (address === null) return null
  let low = 0
  let high = placed.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (placed[middle]!.base! <= address) low = middle + 1
    else high = middle
  }
  const image = placed[low - 1]
  return image && (image.end === null || address <= image.end) ? image : null
}
