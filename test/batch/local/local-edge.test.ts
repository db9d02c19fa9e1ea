// Ports, settings and signals of the local edge.
import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { claimPort, untilInterrupted, warnOfUnknownSettings } from '../../../batch/local/local-edge.ts'

let server: Server | undefined
afterEach(() => void server?.close())

const listen = () =>
  new Promise<number>((done) => {
    const one = createServer().listen(0, '127.0.0.1', () => done((one.address() as { port: number }).port))
    server = one
  })

describe('a port', () => {
  test('that is free is claimed, and free again afterwards', async () => {
    const port = await claimPort(0)
    expect(port).toBeGreaterThan(0)
    expect(await claimPort(port)).toBe(port)
  })

  test('that is in use is refused', async () => {
    const port = await listen()
    await expect(claimPort(port)).rejects.toMatchObject({
      code: 'bad-usage',
      message: `Port ${port} is in use; choose another with --port or $PORT`,
      cause: { code: 'EADDRINUSE' },
    })
  })
})

test('names that look like settings are warned of, with the setting that was meant', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  warnOfUnknownSettings({ MAYDAY_STORE: 'x', HOME: '/', MAYDAY_STOER: 'x', MAYDAY_QWERTYUIOP: 'x' })
  const words = write.mock.calls.map(([text]) => text)
  write.mockRestore()
  expect(words).toEqual([
    'mayday: MAYDAY_STOER is not a setting; did you mean MAYDAY_STORE?\n',
    'mayday: MAYDAY_QWERTYUIOP is not a setting\n',
  ])
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the wait, and the next one is not caught',
  async (signal) => {
    const signals = ['SIGINT', 'SIGTERM'] as const
    const saved = signals.map((name) => process.listeners(name))
    const other = vi.fn()
    process.on('SIGINT', other).on('SIGTERM', other)
    const interrupted = untilInterrupted()
    process.emit(signal)
    await interrupted
    expect(signals.map((name) => process.listenerCount(name))).toEqual([0, 0])
    expect(other).not.toHaveBeenCalled()
    for (const [i, name] of signals.entries()) for (const one of saved[i]!) process.on(name, one)
  },
)
