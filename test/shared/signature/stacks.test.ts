import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generateSignature } from '../../../shared/signature/signature.ts'

const folder = resolve(import.meta.dirname, 'stacks')

interface Stack {
  os: string
  what: string
  frames: object[]
  signature: string
}

/** A frame as the files write it: an address, `[module]`, or a function with ` @ file` or in `[module]`. */
function frameOf(text: string): object {
  if (text.startsWith('@0x')) return { offset: text.slice(1) }
  if (/^\[[^\]]+\]$/.test(text)) return { module: text.slice(1, -1), offset: '0x1000' }
  const [, inModule, module] = /^(\S+) \[([^\]]+)\]$/.exec(text) ?? []
  if (inModule !== undefined) return { function: inModule, module, file: null, line: null }
  const [name, file] = text.split(' @ ')
  return { function: name, line: 7, ...(file !== undefined && { file }) }
}

/** The stacks of a file; the format is in `stacks/README.md`. */
function readStacks(file: string): Stack[] {
  const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n')
  return Array.from({ length: lines.length / 3 }, (_, i) => {
    const [head, frames, last] = lines.slice(i * 3, i * 3 + 3) as [string, string, string]
    const [os, what] = head.split('  ') as [string, string]
    if (!last.startsWith('  = ')) throw new Error(`${file}, line ${i * 3 + 3}: no signature`)
    return { os, what, frames: frames.trim().split(' < ').map(frameOf), signature: last.slice(4) }
  })
}

const files = readdirSync(folder).filter((file) => file.endsWith('.txt'))
const stacks = files.map((file) => [file, readStacks(file)] as const)

describe.each(stacks)('the signatures of %s', (_, cases) => {
  test.each(cases.map((stack) => [stack.os, stack.what, stack] as const))('%s: %s', (_, __, stack) => {
    const data = { os: stack.os, crashing_thread: 0, threads: [{ frames: stack.frames }] }
    expect(generateSignature(data, { compat: 'mayday', presets: [] }).signature).toBe(stack.signature)
  })
})

test('at least 200 stacks are checked, over all systems', () => {
  const all = stacks.flatMap(([, cases]) => cases)
  expect(all.length).toBeGreaterThanOrEqual(200)
  expect(new Set(all.map(({ os }) => os))).toEqual(new Set(['Linux', 'Android', 'Mac OS X', 'Windows NT']))
})
