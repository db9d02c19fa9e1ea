// Neighbors in a chart differ in lightness, so that they can be distinguished in grayscale and with color blindness.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const tokens = readFileSync(
  join(resolve(import.meta.dirname, '../../dashboard/styles'), 'tokens.css'),
  'utf8',
)
const colors = [...tokens.matchAll(/--series-(\d): light-dark\((#\w{6}), (#\w{6})\)/g)]
const surface = /--surface: light-dark\((#\w{6}), (#\w{6})\)/.exec(tokens)!

/** Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminanceOf(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

const contrast = (a: string, b: string) => {
  const [low, high] = [luminanceOf(a), luminanceOf(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

describe.each([
  ['light', 2],
  ['dark', 3],
] as const)('%s', (_, group) => {
  const own = colors.map((match) => match[group]!)

  test('six series', () => expect(own).toHaveLength(6))

  test.each(own.slice(1).map((color, i) => [own[i]!, color]))('%s and %s differ in lightness', (a, b) =>
    expect(contrast(a, b)).toBeGreaterThan(1.8),
  )

  test.each(own)('%s is visible on its ground', (color) =>
    expect(contrast(color, surface[group - 1]!)).toBeGreaterThan(2),
  )
})
