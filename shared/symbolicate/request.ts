// Requests of the symbolication API, versions 4 and 5, validated as Eliot does it:
// https://github.com/mozilla-services/eliot, eliot/symbolicate_resource.py
import { CrashError } from '../errors.ts'
import { isObject, own } from '../own.ts'
import type { Bytes } from '../units.ts'
import { parsePayload } from './payload.ts'

export type ApiVersion = 4 | 5

/** A name and an ID, unchanged; either may be empty. */
export type ModuleName = readonly [debugFile: string, debugId: string]

/** What JSON has for Python's integers; Python counts booleans among them. */
type Integer = number | bigint | boolean

/** The offset is relative to the module; -1 for a module or an offset that is unknown. */
export type RequestFrame = readonly [module: Integer, offset: Integer]

export interface Job {
  memoryMap: readonly ModuleName[]
  stacks: readonly (readonly RequestFrame[])[]
}

/** Limits of one request. Eliot has only the first. */
export const requestLimits = {
  jobs: 10,
  modules: 10_000,
  stacks: 20_000,
  frames: 100_000,
} as const

/** A longer body is not read. */
export const maxRequestBytes: Bytes = 4 * 1024 * 1024

/** The refusal of a request. */
export const refuse = (text: string) => new CrashError('bad-usage', text)

const tooMany = (what: string, limit: number) =>
  refuse(`please limit number of ${what} in a single request to <= ${limit}`)

/**
 * The jobs of a request. Version 4 has exactly one. `unlimited` is for trusted clients.
 * @throws CrashError 'bad-json' or 'bad-usage', whose message is Eliot's refusal
 */
export function parseRequest(body: Uint8Array, version: ApiVersion, limits?: 'unlimited'): Job[] {
  const payload = parsePayload(body)
  const jobs = version === 4 ? [payload] : jobsOf(payload)
  if (!limits && jobs.length > requestLimits.jobs) throw tooMany('jobs', requestLimits.jobs)
  for (const [i, job] of jobs.entries()) checkJob(i, job)
  const valid = jobs as Job[]
  if (!limits) checkCounts(valid)
  return valid
}

/** Python iterates over texts and objects too: an empty one is a list without jobs. */
function jobsOf(payload: unknown): unknown[] {
  if (!isObject(payload) || Array.isArray(payload) || !Object.hasOwn(payload, 'jobs')) return [payload]
  const jobs = own(payload, 'jobs')
  if (Array.isArray(jobs)) return jobs
  if (typeof jobs === 'string') return [...jobs]
  if (isObject(jobs)) return Object.keys(jobs)
  throw refuse('jobs must be a list')
}

function checkJob(i: number, job: unknown): void {
  if (!isObject(job) || Array.isArray(job)) throw refuse(`job ${i} is invalid`)
  if (!Object.hasOwn(job, 'stacks')) throw refuse(`job ${i} is invalid: no stacks specified`)
  if (!Object.hasOwn(job, 'memoryMap')) throw refuse(`job ${i} is invalid: no memoryMap specified`)
  const modules = own(job, 'memoryMap')
  const problem = problemOfModules(modules)
  if (problem !== null) throw refuse(`job ${i} has invalid modules: ${problem}`)
  const stackProblem = problemOfStacks(own(job, 'stacks'), (modules as unknown[]).length)
  if (stackProblem !== null) throw refuse(`job ${i} has invalid stacks: ${stackProblem}`)
}

// Python's `$` also matches before a newline at the end.
const validDebugFile = /^[A-Za-z0-9_.+{}@<> ~-]*\n?$/
const validDebugId = /^[A-Fa-f0-9]*\n?$/

/** Whether a request may name this module. */
export const isValidModule = (debugFile: string, debugId: string): boolean =>
  validDebugFile.test(debugFile) && validDebugId.test(debugId)

const isText = (value: unknown, pattern: RegExp) => typeof value === 'string' && pattern.test(value)

function problemOfModules(modules: unknown): string | null {
  if (!Array.isArray(modules)) return 'modules must be a list'
  for (const [n, module] of modules.entries()) {
    if (!Array.isArray(module) || module.length !== 2)
      return `module index ${n} does not have a debug_filename and debug_id`
    if (!isText(module[0], validDebugFile)) return `module index ${n} has an invalid debug_filename`
    if (!isText(module[1], validDebugId)) return `module index ${n} has an invalid debug_id`
  }
  return null
}

function problemOfStacks(stacks: unknown, moduleCount: number): string | null {
  if (!Array.isArray(stacks)) return 'stacks must be a list of lists'
  if (stacks.length === 0) return 'no stacks specified'
  for (const [n, stack] of stacks.entries()) {
    if (!Array.isArray(stack)) return `stack ${n} is not a list`
    for (const [m, frame] of stack.entries()) {
      const problem = problemOfFrame(frame, moduleCount)
      if (problem !== null) return `stack ${n} frame ${m} ${problem}`
    }
  }
  return null
}

const isInteger = (value: unknown): value is Integer =>
  typeof value === 'boolean' || typeof value === 'bigint' || Number.isInteger(value)

function problemOfFrame(frame: unknown, moduleCount: number): string | null {
  if (!Array.isArray(frame) || frame.length !== 2) return 'is not a list of two items'
  const [module, offset] = frame
  if (!isInteger(module)) return 'has an invalid module_index'
  if (Number(module) < -1 || Number(module) >= moduleCount) return "has a module_index that isn't in modules"
  return isInteger(offset) && Number(offset) >= -1 ? null : 'has an invalid module_offset'
}

function checkCounts(jobs: readonly Job[]): void {
  const counts = { modules: 0, stacks: 0, frames: 0 }
  for (const { memoryMap, stacks } of jobs) {
    counts.modules += memoryMap.length
    counts.stacks += stacks.length
    for (const stack of stacks) counts.frames += stack.length
  }
  for (const [what, count] of Object.entries(counts) as [keyof typeof counts, number][])
    if (count > requestLimits[what]) throw tooMany(what, requestLimits[what])
}
