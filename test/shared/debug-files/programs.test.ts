// Symbols of real programs, compared with what independent tools say, through the same parser and lookups that walk stacks.
import { describe, expect, test } from 'vitest'
import { symText } from '../../../shared/debug-files/sym-text.ts'
import type { ModuleSymbols } from '../../../shared/debug-files/module-symbols.ts'
import { createPage, findSymbol, type SymbolPage } from '../../../shared/symbols/symdex/symbol-page.ts'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import { cfiRowAt, cfiRulesAt, evaluateCfi } from '../../../shared/unwind/cfi.ts'
import { winRecordAt } from '../../../shared/unwind/stack-win.ts'
import { debugPrograms, type ExpectedModule, modulesIn } from '../../support/debug-programs.ts'

/** The qualified name without parameters, template arguments, return type, and compilers' marks. */
function normalName(name: string): string {
  const plain = name
    .replace(/\(anonymous namespace\)(::)?|`anonymous namespace'(::)?/g, '')
    .replace(
      /\{lambda\([^{}]*\)#\d+\}|\$_\d+|\(lambda at [^()]*\)|\{lambda\}|<lambda_\w+>|'lambda\d*'(\([^()]*\))?|<lambda>/g,
      '@lambda',
    )
    .replace(/\boperator\(\)/g, 'operator@call')
    .replace(/\boperator<</g, 'operator@shl')
    .replace(/\[abi:\w+\]/g, '')
  const last = withoutNested(withoutNested(plain, '<', '>'), '(', ')')
    .replace(/ const$/, '')
    .trim()
  return last
    .split(' ')
    .at(-1)!
    .replace(/^[*&]+/, '')
}

function withoutNested(text: string, open: string, close: string): string {
  let depth = 0
  let out = ''
  for (const character of text) {
    if (character === open) depth++
    else if (character === close && depth > 0) depth--
    else if (depth === 0) out += character
  }
  return out
}

function isSameName(a: string, b: string): boolean {
  const [x, y] = [normalName(a), normalName(b)]
  if (x === y || x.endsWith(`::${y}`)) return true
  const [p, q] = [x.split('::'), y.split('::')]
  if ((x.includes('@lambda') || y.includes('@lambda')) && p.at(-1) === q.at(-1)) return true
  // Tools give an inheriting constructor the name of either class.
  return (
    p.length > 1 && `${p.slice(0, -1)}` === `${q.slice(0, -1)}` && [p.at(-1), q.at(-1)].includes(p.at(-2))
  )
}

const baseName = (path: string | null) => (path ?? '').replace(/^.*[\\/]/, '')

function pageOf(module: ModuleSymbols): SymbolPage {
  const file = parseSymFile(new Uint8Array(Buffer.concat([...symText(module)])), { strict: true })
  return createPage(file.tables, file.text)
}

/** Innermost first. */
function framesAt(page: SymbolPage, address: number): [string, string, number][] {
  const symbol = findSymbol(page, address)
  if (!symbol) return []
  return [...symbol.inlines, symbol].map(({ function: name, file, line }) => [
    name,
    baseName(file),
    line ?? 0,
  ])
}

type Rule = ['mem', number] | ['memreg', string, number] | ['reg', string] | null

/** Deterministic values of registers and memory, all different. */
const registerValue = (name: string): bigint => {
  let hash = 0x9e3779b97f4a7c15n
  for (const character of name.replace(/^\$/, ''))
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n)
  return hash
}
const memoryValue = (address: bigint): bigint =>
  BigInt.asUintN(64, address * 0x9e3779b97f4a7c15n + 0x7f4a7c15n)

function ruleProblem(
  page: SymbolPage,
  address: number,
  want: Record<string, unknown>,
  size: 4 | 8,
): string | null {
  const row = cfiRowAt(page, address)
  if (row < 0) return 'no STACK CFI'
  const wrap = (value: bigint) => BigInt.asUintN(size * 8, value)
  const rules = cfiRulesAt(page, row, address)
  if (want['.ra'] === null) return rules?.get('.ra')?.join(' ') === '.undef' ? null : 'the stack does not end'
  const narrow = (value: bigint) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value)
  const found = evaluateCfi(rules, {
    wordSize: size,
    register: (name) => narrow(wrap(registerValue(name))),
    read: (at) => narrow(wrap(memoryValue(BigInt(at)))),
  })
  if (!found) return 'the rules have no result'
  const at = ([register, offset]: readonly [string, number]) => wrap(registerValue(register) + BigInt(offset))
  const load = (where: bigint) => wrap(memoryValue(where))
  const cfa = want.cfa_mem ? load(at(want.cfa_mem as [string, number])) : at(want['.cfa'] as [string, number])
  if (BigInt(found.cfa) !== cfa) return '.cfa'
  const resultOf = (rule: Rule): bigint =>
    rule![0] === 'mem'
      ? load(wrap(cfa + BigInt(rule![1])))
      : rule![0] === 'memreg'
        ? load(at([rule![1], rule![2]!]))
        : wrap(registerValue(rule![1]))
  const returnAddress = want.ra_mem
    ? load(at(want.ra_mem as [string, number]))
    : resultOf(want['.ra'] as Rule)
  if (BigInt(found.returnAddress) !== returnAddress) return '.ra'
  for (const [name, rule] of Object.entries(want)) {
    if (name.startsWith('.') || name.endsWith('_mem')) continue
    const value = found.registers.get(name.replace(/^\$/, ''))
    if (value === undefined || value === null || BigInt(value) !== resultOf(rule as Rule)) return name
  }
  return null
}

function winProblem(page: SymbolPage, address: number, want: Record<string, unknown>): string | null {
  const record = winRecordAt(page, address)
  if (!record) return 'no STACK WIN'
  const program = 'program' in record ? String(record.program).trim().replace(/\s+/g, ' ') : ''
  return program === want.program ? null : program
}

interface Score {
  good: number
  all: number
  problems: string[]
}

function count(score: Score, problem: string | null): void {
  score.all++
  if (problem === null) score.good++
  else score.problems.push(problem)
}

function compare(want: ExpectedModule, module: ModuleSymbols) {
  const page = pageOf(module)
  const scores = { functions: empty(), lines: empty(), chains: empty(), unwind: empty() }
  for (const [start, , name] of want.functions) {
    const found = findSymbol(page, start)?.function ?? ''
    const names = [name, ...(want.aliases?.[String(start)] ?? [])]
    count(
      scores.functions,
      names.some((n) => isSameName(found, n)) ? null : `${start.toString(16)} ${name}: ${found}`,
    )
  }
  for (const [address, chain] of want.lines) {
    const got = framesAt(page, address)
    const place = ([, file, line]: readonly [string, string, number]) => `${file}:${line}`
    const isPlace = got.length > 0 && place(got[0]!) === place(chain[0]!)
    count(scores.lines, isPlace ? null : `${address.toString(16)} ${chain[0]}: ${got[0]}`)
    if (chain.length === 1 && got.length <= 1) continue
    const isChain =
      got.length === chain.length &&
      got.every((g, i) => place(g) === place(chain[i]!) && isSameName(g[0], chain[i]![0]))
    count(scores.chains, isChain ? null : `${address.toString(16)} ${chain.join(' < ')}: ${got.join(' < ')}`)
  }
  const size = ['x86', 'arm'].includes(want.identity.arch) ? 4 : 8
  for (const [address, rules] of want.unwind) {
    const problem = rules.win
      ? winProblem(page, address, rules.win as Record<string, unknown>)
      : ruleProblem(page, address, rules, size)
    count(scores.unwind, problem && `${address.toString(16)} ${JSON.stringify(rules)}: ${problem}`)
  }
  return scores
}

const empty = (): Score => ({ good: 0, all: 0, problems: [] })

describe.each(debugPrograms())('$name', ({ modules }) => {
  const reading = modulesIn(modules[0]!.files)

  test.each(modules)('has the identity $identity.debug_id', async ({ identity }) => {
    const found = await reading
    const module = found.find((candidate) => candidate.identity.debugId === identity.debug_id)
    expect(module?.identity).toMatchObject({ os: identity.os, arch: identity.arch, debugFile: identity.name })
    expect(module?.identity.codeId ?? null).toBe(identity.code_id)
  })

  test.each(modules)(
    'has the functions, lines, inlined calls and unwind rules of $identity.debug_id',
    async (want) => {
      const found = await reading
      const module = found.find(({ identity }) => identity.debugId === want.identity.debug_id)!
      const scores = Object.entries(compare(want, module))
      // One instruction may have two lines, of which tools choose differently.
      const wrong = scores.filter(([, { all, problems }]) => problems.length > Math.max(1, all / 100))
      expect(wrong).toEqual([])
    },
  )
})
