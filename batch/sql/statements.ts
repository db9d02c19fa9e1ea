// Splits SQL text into statements.
import { own } from '../../shared/own.ts'
import { literal, type SqlValues } from '../lake/duckdb.ts'

/** Quoted text and comments that do not end reach to the end of the text. `E'…'` has escapes with a backslash. */
const tokens =
  /(?<!\w)[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|;|\$\w+|\w+|\s+|[\s\S]/g

/** Text as statements; `rest` is what follows the last semicolon, or empty when that is only space and comments. */
export interface SplitText {
  statements: string[]
  rest: string
}

/** Splits at semicolons, which the statements omit. Semicolons in quotes, `$$…$$` and comments do not count. */
export function splitStatements(text: string): SplitText {
  const statements: string[] = []
  let current = ''
  let hasCode = false
  for (const [token] of text.matchAll(tokens)) {
    if (token === ';') {
      if (hasCode) statements.push(current.trim())
      current = ''
      hasCode = false
    } else {
      current += token
      hasCode ||= !/^(?:--|\/\*|\s)/.test(token)
    }
  }
  return { statements, rest: hasCode ? current.trim() : '' }
}

/** All statements of a text; the last one needs no semicolon. */
export function statementsOf(text: string): string[] {
  const { statements, rest } = splitStatements(text)
  return rest === '' ? statements : [...statements, rest]
}

/** The names of the parameters (`$name`) in a statement. */
export function parametersIn(statement: string): Set<string> {
  const found = [...statement.matchAll(tokens)].map(([token]) => token)
  return new Set(found.filter((token) => /^\$\w+$/.test(token)).map((token) => token.slice(1)))
}

/** A statement with values in place of its parameters, for functions that do not bind any. */
export const inlineParameters = (statement: string, values: SqlValues): string =>
  statement.replace(tokens, (token) => {
    const value = /^\$\w+$/.test(token) ? own(values, token.slice(1)) : undefined
    return typeof value === 'string' ? literal(value) : token
  })
