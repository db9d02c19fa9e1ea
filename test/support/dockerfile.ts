// The Dockerfile as instructions, and what .dockerignore lets into its context.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

export interface Instruction {
  name: string
  /** With continued lines joined. */
  text: string
}

export function readDockerfile(): Instruction[] {
  const joined = readFileSync(join(root, 'Dockerfile'), 'utf8').replace(/\\\n\s*/g, '')
  return joined
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, text] = /^([A-Z]+) (.*)$/.exec(line) ?? []
      if (!name) throw new Error(`Not an instruction: ${line}`)
      return { name, text: text! }
    })
}

/** The exec form of an instruction: a JSON array at its end. */
export const execForm = ({ text }: Instruction): string[] => JSON.parse(text.slice(text.indexOf('[')))

/** Whether .dockerignore lets a file into the context; its last rule that matches decides. */
export function isInContext(path: string): boolean {
  let included = true
  for (const line of readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n')) {
    const [rule, includes] = line.startsWith('!') ? [line.slice(1), true] : [line, false]
    if (matches(rule, path)) included = includes
  }
  return included
}

function matches(rule: string, path: string): boolean {
  if (rule === '*') return true
  if (rule.startsWith('**/')) return path.split('/').includes(rule.slice(3))
  return path === rule || path.startsWith(`${rule}/`)
}
