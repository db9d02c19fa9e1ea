// Apple's crash reports since macOS 12 and iOS 15: a line of JSON, then a JSON document, shown as lines of text.
import { isObject, own } from '../own.ts'
import { debugIdOfUuid } from './debug-ids.ts'
import type { Image } from './model.ts'

const maxThreads = 1000
const maxFramesOfThread = 2000

/** The lines and images of a report; null for any other text. */
export function linesOfIps(text: string): { lines: string[]; images: Image[] } | null {
  const report = readReport(text)
  if (!report) return null
  const images = listOf(report, 'usedImages').map(imageOf)
  const lines: string[] = []
  for (const name of ['procName', 'bundleInfo', 'exception', 'termination']) {
    const value = own(report, name)
    if (value !== undefined)
      lines.push(`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  }
  const exception = listOf(report, 'lastExceptionBacktrace')
  if (exception.length > 0) lines.push('', 'Last exception backtrace:', ...frameLines(exception, images))
  for (const [number, thread] of listOf(report, 'threads').slice(0, maxThreads).entries()) {
    const crashed = own(thread, 'triggered') === true ? ' Crashed' : ''
    const name = own(thread, 'name') ?? own(thread, 'queue')
    lines.push('', `Thread ${number}${crashed}:${typeof name === 'string' ? `  ${name}` : ''}`)
    lines.push(...frameLines(listOf(thread, 'frames'), images))
  }
  return { lines, images }
}

type Members = Record<string, unknown>

function readReport(text: string): Members | null {
  const trimmed = text.trimStart()
  if (!trimmed.startsWith('{')) return null
  for (const json of [trimmed, trimmed.slice(trimmed.indexOf('\n') + 1)]) {
    try {
      const value: unknown = JSON.parse(json)
      if (isObject(value) && Array.isArray(own(value, 'usedImages'))) return value
    } catch {
      // The first line is a document of its own.
    }
  }
  return null
}

const listOf = (value: Members, name: string): Members[] => {
  const list = own(value, name)
  return Array.isArray(list) ? list.filter(isObject) : []
}

const textIn = (value: Members, name: string) => {
  const text = own(value, name)
  return typeof text === 'string' ? text : ''
}
const numberIn = (value: Members, name: string) => {
  const number = own(value, name)
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null
}

function imageOf(image: Members): Image {
  const path = textIn(image, 'path')
  const name = oneLine(textIn(image, 'name') || path.slice(path.lastIndexOf('/') + 1)) || '???'
  const base = numberIn(image, 'base')
  const size = numberIn(image, 'size')
  const end = base !== null && size !== null ? base + size - 1 : base
  return { name, debugFile: name, debugId: debugIdOfUuid(textIn(image, 'uuid')), base, end }
}

/** Like the lines of the earlier format. */
function frameLines(frames: readonly Members[], images: readonly Image[]): string[] {
  return frames.slice(0, maxFramesOfThread).map((frame, number) => {
    const offset = numberIn(frame, 'imageOffset') ?? 0
    const image = images[numberIn(frame, 'imageIndex') ?? -1]
    const address = (image?.base ?? 0) + offset
    const symbol = oneLine(textIn(frame, 'symbol'))
    const place =
      symbol === ''
        ? `0x${(image?.base ?? 0).toString(16)} + ${offset}`
        : `${symbol} + ${numberIn(frame, 'symbolLocation') ?? 0}`
    const hex = `0x${address.toString(16).padStart(16, '0')}`
    return `${number}  ${(image?.name ?? '???').padEnd(30)} ${hex} ${place}`
  })
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 300)
