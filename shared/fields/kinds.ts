// The usual kinds of fields: shape, access and search.
import type { FieldRow } from './field.ts'

type Kind = Pick<FieldRow, 'shape' | 'access' | 'search'>

export const publicText = { shape: 'string', access: 'public', search: 'text' } as const satisfies Kind
export const publicKeyword = { shape: 'string', access: 'public', search: 'keyword' } as const satisfies Kind
export const publicEnum = { shape: 'string', access: 'public', search: 'enum' } as const satisfies Kind
export const publicDate = { shape: 'string', access: 'public', search: 'date' } as const satisfies Kind
export const publicInt = { shape: 'int', access: 'public', search: 'int' } as const satisfies Kind
export const publicFloat = { shape: 'float', access: 'public', search: 'float' } as const satisfies Kind
export const publicFlag = { shape: 'bool', access: 'public', search: 'bool' } as const satisfies Kind
export const publicList = {
  shape: { list: 'string' },
  access: 'public',
  search: 'keyword',
} as const satisfies Kind
export const protectedText = { shape: 'string', search: 'text' } as const satisfies Kind
export const protectedKeyword = { shape: 'string', search: 'keyword' } as const satisfies Kind
