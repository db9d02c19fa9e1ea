// The prompt: statements of several lines, with history and completion.
import { createInterface, type Interface } from 'node:readline'
import { join } from 'node:path'
import { isCrashError } from '../../../shared/errors.ts'
import { stateDir } from '../../config.ts'
import { complete, readColumns, readWords } from './completion.ts'
import { openHistory } from './history.ts'
import { valuesFor } from '../parameters.ts'
import { promptCommandNames, replyTo } from './prompt-commands.ts'
import type { Session } from '../session.ts'
import { splitStatements } from '../statements.ts'
import { type Output, writeResult } from '../output/write-result.ts'
import type { ScriptOptions } from '../output/write-script.ts'

const welcome = 'Enter SQL, ended by a semicolon. .help lists commands, .tables the views.\n'
const [fresh, continued] = ['mayday> ', '   ...> ']

/** Reads and runs statements until `.exit` or the end of input. Ctrl-C stops the running statement. */
export async function runPrompt(session: Session, options: ScriptOptions, output: Output): Promise<void> {
  const directory = stateDir()
  const history = openHistory(directory && join(directory, 'sql_history'))
  const state: PromptState = { statement: '', isRunning: false }
  await output.write(welcome)
  const lines = await openLines(session, state, history.lines)
  lines.prompt()
  for await (const line of lines) {
    history.add(line)
    if ((await takeLine(session, state, line, { options, output })) === 'exit') break
    lines.setPrompt(state.statement === '' ? fresh : continued)
    lines.prompt()
  }
  lines.close()
}

interface PromptState {
  /** The lines of an incomplete statement. */
  statement: string
  isRunning: boolean
}

async function openLines(session: Session, state: PromptState, history: string[]): Promise<Interface> {
  const words = await readWords(session, promptCommandNames)
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: fresh,
    history,
    historySize: 1000,
    removeHistoryDuplicates: true,
    completer(line: string, done: (error: Error | null, result: [string[], string]) => void) {
      // A connection runs one statement at a time.
      if (state.isRunning) return done(null, [[], ''])
      readColumns(session).then((columns) => done(null, complete(line, words, columns)), done as never)
    },
  })
  lines.on('SIGINT', () => {
    if (state.isRunning) return session.interrupt()
    state.statement = ''
    process.stdout.write('^C\n')
    lines.write(null, { ctrl: true, name: 'e' })
    lines.write(null, { ctrl: true, name: 'u' })
    lines.setPrompt(fresh)
    lines.prompt()
  })
  return lines
}

interface Target {
  options: ScriptOptions
  output: Output
}

async function takeLine(
  session: Session,
  state: PromptState,
  line: string,
  target: Target,
): Promise<'exit' | 'more'> {
  try {
    const reply = state.statement.trim() === '' ? replyTo(line) : null
    if (reply === 'exit') return 'exit'
    if (reply && 'text' in reply) await target.output.write(reply.text)
    else if (reply) await runStatement(session, state, reply.sql, target)
    else await takeSql(session, state, line, target)
  } catch (error) {
    if (!isCrashError(error)) throw error
    process.stderr.write(`${error.message}\n`)
  }
  return 'more'
}

async function takeSql(session: Session, state: PromptState, line: string, target: Target): Promise<void> {
  const { statements, rest } = splitStatements(`${state.statement}${line}\n`)
  state.statement = rest === '' ? '' : `${rest}\n`
  for (const statement of statements) await runStatement(session, state, statement, target)
}

async function runStatement(
  session: Session,
  state: PromptState,
  sql: string,
  { options, output }: Target,
): Promise<void> {
  const values = valuesFor(sql, options.parameters)
  const began = performance.now()
  state.isRunning = true
  try {
    await writeResult(session, sql, { ...options, values }, output)
  } finally {
    state.isRunning = false
  }
  const { files, bytes } = session.reading()
  const seconds = ((performance.now() - began) / 1000).toFixed(2)
  process.stderr.write(`${seconds} s${files ? `, ${files} files, ${(bytes / 1e6).toFixed(1)} MB` : ''}\n`)
}
