// Reads the parameters of a request by the declaration of its endpoint.
import { own } from '../own.ts'
import type { Endpoint, Parameter } from './endpoint.ts'
import { formProblem } from './problems.ts'

const required = 'This field is required.'
const wholeNumber = 'Enter a whole number.'
const nullCharacters = 'Null characters are not allowed.'

/** The messages of Django's forms, which clients know. */
function read(
  { kind, required: isRequired }: Parameter,
  given: readonly string[],
): { value: unknown } | { message: string } {
  const isList = kind === 'texts' || kind === 'integers'
  const values = isList ? given : given.slice(-1).filter((value) => value.trim() !== '')
  if (values.length === 0 || values.every((value) => value === ''))
    return isRequired ? { message: required } : { value: isList ? [] : undefined }
  if (values.some((value) => value.includes('\0'))) return { message: nullCharacters }
  if (kind === 'texts') return { value: values }
  if (kind === 'text') return { value: values[0]!.trim() }
  const numbers = values.map((value) => (/^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : null))
  if (numbers.includes(null)) return { message: wholeNumber }
  return { value: kind === 'integer' ? numbers[0] : numbers }
}

/**
 * The arguments of an endpoint; other parameters are ignored.
 * @throws ApiProblem 400 naming every parameter that is missing or wrong
 */
export function readArguments({ parameters }: Pick<Endpoint, 'parameters'>, given: URLSearchParams): object {
  const results = Object.keys(parameters).map(
    (name) => [name, read(own(parameters, name)!, given.getAll(name))] as const,
  )
  const messages = results.flatMap(([name, result]) =>
    'message' in result ? [[name, [result.message]] as const] : [],
  )
  if (messages.length > 0) throw formProblem(messages)
  return Object.fromEntries(
    results.flatMap(([name, result]) => ('value' in result ? [[name, result.value] as const] : [])),
  )
}
