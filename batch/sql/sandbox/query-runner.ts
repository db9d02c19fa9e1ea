// Runs statements of clients, each in a process of its own, within limits of time, memory and number.
import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { CrashError } from '../../../shared/errors.ts'
import type { Bytes, Millis } from '../../../shared/units.ts'
import { defaultSqlLimits } from '../../config.ts'
import type { Format } from '../output/write-result.ts'
import type { QueryMessage, QueryRequest, QueryStart } from './query-protocol.ts'

export interface QueryLimits {
  /** For everything, sending the result included. */
  timeout: Millis
  maxRows: number
  /** Memory of DuckDB, in its notation. */
  memory: string
  threads: number
  /** Statements at the same time. */
  running: number
  /** Statements that wait for others. */
  waiting: number
}

export const defaultQueryLimits: QueryLimits = {
  ...defaultSqlLimits,
  threads: 2,
  running: 2,
  waiting: 16,
}

export interface QueryResult {
  contentType: string
  /** Fails when the statement does. Cancelling it ends the statement. */
  body: ReadableStream<Uint8Array>
}

/** Disposal ends the waiting process; statements that run end by their own limits. */
export interface QueryRunner extends Disposable {
  /**
   * Runs one statement.
   * @param onChecked called when the statement is allowed, with the tables of the private bucket that it reads
   * @throws CrashError 'bad-usage' for what is wrong with it, 'limit', 'timeout', 'storage', 'damaged'; TooManyQueries;
   * ProtectedTables
   */
  run(
    request: QueryRequest,
    signal: AbortSignal,
    onChecked?: (protectedTables: readonly string[]) => void,
  ): Promise<QueryResult>
}

/** Too many statements wait. */
export class TooManyQueries extends CrashError {
  constructor() {
    super('limit', 'Too many queries are running; try again in a moment')
  }
}

/** The statement reads protected tables, and the client may not. */
export class ProtectedTables extends CrashError {
  readonly tables: readonly string[]

  constructor(tables: readonly string[]) {
    super('bad-usage', `The statement reads protected tables: ${tables.join(', ')}`)
    this.tables = tables
  }
}

const contentTypes: Readonly<Record<Format, string>> = {
  table: 'text/plain; charset=UTF-8',
  csv: 'text/csv; charset=UTF-8; header=present',
  json: 'application/json; charset=UTF-8',
  jsonl: 'application/jsonl; charset=UTF-8',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
}

const entry = fileURLToPath(new URL('./query-child.ts', import.meta.url))
/** Of the heap, in MiB: rows become text in pieces. */
const heapMb = 512
/** What a process may use beyond DuckDB's memory and its heap. */
const reserve: Bytes = 256 * 1024 * 1024
const watchEvery: Millis = 250

/** What a process needs of the environment: no token and no key of the edge. */
const passed =
  /^(AWS_.*|MAYDAY_CACHE|PATH|HOME|TMPDIR|NODE_COMPILE_CACHE|XDG_CACHE_HOME|NODE_EXTRA_CA_CERTS)$/

export interface RunnerOptions {
  limits?: QueryLimits
  /** Keep a process ready for the next statement, which then need not wait for its start. */
  warm?: boolean
}

/** @param store URL of the store */
export function createQueryRunner(
  store: string,
  { limits = defaultQueryLimits, warm = false }: RunnerOptions = {},
): QueryRunner {
  const turns = createTurns(limits)
  const processes = createProcesses(warm)
  return {
    async run(request, signal, onChecked = () => {}) {
      const end = AbortSignal.any([signal, AbortSignal.timeout(limits.timeout)])
      const leave = await turns.enter(end)
      try {
        return await start({ store, request, limits }, { child: processes.take(end), end, leave, onChecked })
      } catch (error) {
        leave()
        throw error
      }
    },
    [Symbol.dispose]: () => processes.close(),
  }
}

/** Processes that wait for a statement. */
function createProcesses(warm: boolean) {
  let next: ChildProcess | null = null
  let isClosed = false
  const prepare = () => {
    if (!warm || isClosed || next) return
    const child = startProcess()
    next = child
    child.once('exit', () => {
      if (next === child) next = null
    })
  }
  prepare()
  return {
    take(signal: AbortSignal): ChildProcess {
      signal.throwIfAborted()
      const child = next ?? startProcess()
      next = null
      prepare()
      return child
    },
    close() {
      isClosed = true
      next?.kill('SIGKILL')
    },
  }
}

function startProcess(): ChildProcess {
  const env = Object.entries(process.env).filter(([name]) => passed.test(name))
  const child = fork(entry, [], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [`--max-old-space-size=${heapMb}`],
    env: { ...Object.fromEntries(env), TZ: 'UTC' },
  })
  child.on('error', () => {})
  return child
}

interface Watch {
  child: ChildProcess
  end: AbortSignal
  /** Called once, when the process has ended. */
  leave(): void
  onChecked(protectedTables: readonly string[]): void
}

async function start(
  { store, request, limits }: { store: string; request: QueryRequest; limits: QueryLimits },
  { child, end, leave, onChecked }: Watch,
): Promise<QueryResult> {
  const why: { failure: CrashError | null } = { failure: null }
  const kill = (failure: CrashError) => {
    why.failure ??= failure
    child.kill('SIGKILL')
  }
  const abort = () => kill(new CrashError('timeout', 'The query took too long, or its client left'))
  end.addEventListener('abort', abort, { once: true })
  const memory = watchMemory(child, limits, kill)
  const exited = Promise.withResolvers<void>()
  child.once('close', () => {
    clearInterval(memory)
    end.removeEventListener('abort', abort)
    leave()
    exited.resolve()
  })
  const outcome = outcomeOf(child, exited.promise, { why, request, onChecked })
  const message: QueryStart = { store, request, limits }
  child.send(message, () => {})
  const { isPlan } = await outcome.started
  const contentType = contentTypes[isPlan ? 'table' : request.format]
  return { contentType, body: bodyOf(child, outcome.ended, abort) }
}

interface OutcomeOptions {
  why: { failure: CrashError | null }
  request: QueryRequest
  onChecked(protectedTables: readonly string[]): void
}

/** `started` and `ended` fail with what went wrong. */
function outcomeOf(child: ChildProcess, exited: Promise<void>, { why, request, onChecked }: OutcomeOptions) {
  const started = Promise.withResolvers<{ isPlan: boolean }>()
  const ended = Promise.withResolvers<void>()
  ended.promise.catch(() => {})
  child.on('message', (message: QueryMessage) => {
    if (message.kind === 'started') started.resolve(message)
    else if (message.kind === 'failed') why.failure ??= new CrashError(message.code, message.message)
    else if (message.kind === 'ended') ended.resolve()
    else if (message.kind === 'checked') {
      const { protectedTables } = message
      if (protectedTables.length > 0 && !request.includeProtected)
        why.failure ??= new ProtectedTables(protectedTables)
      else onChecked(protectedTables)
    }
  })
  child.once('error', (error) => {
    why.failure ??= new CrashError('limit', `The query could not be started: ${error.message}`)
  })
  exited.then(() => {
    const failure =
      why.failure ?? new CrashError('limit', 'The process of the query ended: it needs too much memory')
    started.reject(failure)
    ended.reject(failure)
  })
  return { started: started.promise, ended: ended.promise }
}

/** Kills a process that uses more memory than its limits allow together; only where the system shows how much it is. */
function watchMemory(child: ChildProcess, limits: QueryLimits, kill: (failure: CrashError) => void) {
  const most = bytesOf(limits.memory) + heapMb * 1024 * 1024 + reserve
  return setInterval(async () => {
    const text = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    const used = Number(/^VmRSS:\s*(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
    if (used > most) kill(new CrashError('limit', 'The query needs too much memory'))
  }, watchEvery)
}

const units: ReadonlyMap<string, number> = new Map([
  ['K', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
])

/** DuckDB's notation, roughly. */
function bytesOf(memory: string): Bytes {
  const [, number, unit] = /^([\d.]+)([KMGT])i?B$/.exec(memory) ?? []
  return Number(number ?? 0) * (units.get(unit ?? '') ?? 1)
}

/** Standard output until the statement ended; fails when it failed. */
function bodyOf(child: ChildProcess, ended: Promise<void>, abort: () => void): ReadableStream<Uint8Array> {
  const stdout = child.stdout!
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* stdout
      await ended
    } finally {
      abort()
    }
  }
  return Readable.toWeb(Readable.from(chunks(), { objectMode: false })) as ReadableStream<Uint8Array>
}

/** Lets a limited number of statements run. */
function createTurns({ running: most, waiting: mostWaiting }: QueryLimits) {
  let running = 0
  const waiting: (() => void)[] = []
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
  const once = () => {
    let left = false
    return () => {
      if (!left) leave()
      left = true
    }
  }
  return {
    /** @returns what to call at the end @throws TooManyQueries */
    async enter(signal: AbortSignal): Promise<() => void> {
      if (running < most) {
        running++
        return once()
      }
      if (waiting.length >= mostWaiting) throw new TooManyQueries()
      const turn = Promise.withResolvers<void>()
      waiting.push(turn.resolve)
      const abort = () => {
        const at = waiting.indexOf(turn.resolve)
        if (at < 0) return
        waiting.splice(at, 1)
        turn.reject(new CrashError('timeout', 'Other queries took too long'))
      }
      signal.addEventListener('abort', abort, { once: true })
      await turn.promise
      signal.removeEventListener('abort', abort)
      return once()
    },
  }
}
