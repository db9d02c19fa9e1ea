// Requests, each over its own socket, and the CPU time and memory that they cost a process.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { concat } from '../support/crash-request.ts'
import type { HostileShape } from '../support/hostile-shapes.ts'
import { report } from './edge.support.ts'

/** The raw bytes of a request. */
export interface WireRequest {
  bytes: Uint8Array
  /** Size of the body. */
  bodyBytes: number
}

export function wireRequest({ path = '/submit', headers, body, pieceBytes }: HostileShape): WireRequest {
  const content = body()
  const length = pieceBytes ? 'transfer-encoding: chunked' : `content-length: ${content.length}`
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = ['POST ', path, ' HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n'].join('')
  return {
    bytes: concat(
      `${head}${[...lines, length].join('\r\n')}\r\n\r\n`,
      ...(pieceBytes ? chunksOf(content, pieceBytes) : [content]),
    ),
    bodyBytes: content.length,
  }
}

function* chunksOf(content: Uint8Array, size: number): Generator<string | Uint8Array> {
  for (let at = 0; at < content.length; at += size) {
    const chunk = content.subarray(at, at + size)
    yield `${chunk.length.toString(16)}\r\n`
    yield chunk
    yield '\r\n'
  }
  yield '0\r\n\r\n'
}

export interface Answer {
  /** 0: the connection broke before a status line. */
  status: number
  /** The first line of the body. */
  text: string
  ms: number
}

/** Sends a request and reads the response until the connection ends. */
export function send(url: string, { bytes }: WireRequest): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const started = performance.now()
  return new Promise((done) => {
    let text = ''
    const socket = connect(Number(port), hostname)
    const end = () => {
      const [, status = '0'] = /^HTTP\/1\.\d (\d+)/.exec(text) ?? []
      const body = text.slice(text.indexOf('\r\n\r\n') + 4)
      done({
        status: Number(status),
        text: body.split('\n')[0]!.slice(0, 80),
        ms: performance.now() - started,
      })
      socket.destroy()
    }
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]
      if (length && text.length - text.indexOf('\r\n\r\n') - 4 >= Number(length)) end()
    })
    socket.on('end', end).on('error', end).write(bytes)
  })
}

let made = 0
const encoders: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gzipSync(bytes),
  deflate: (bytes) => gzipSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
}

/** Distinct reports with a real minidump, about as long on the wire as the shape, with the same content coding. */
export function honestRequests(shape: HostileShape, wireBytes: number, count: number): WireRequest[] {
  const coding = shape.headers['content-encoding']
  const encode = coding ? encoders[coding]! : (bytes: Uint8Array) => bytes
  const headers = {
    'content-type': 'multipart/form-data; boundary=socorrobound1234567',
    ...(coding && { 'content-encoding': coding === 'deflate' ? 'gzip' : coding }),
  }
  const shell = report(0, 12).length
  let dumpBytes = Math.max(12, wireBytes - shell)
  if (coding) {
    const sample = report(0, Math.min(dumpBytes, 1_000_000))
    dumpBytes = Math.max(12, Math.round((dumpBytes * sample.length) / encode(sample).length))
  }
  return Array.from({ length: count }, () => {
    const body = encode(report(2_000_000 + made++, dumpBytes))
    return wireRequest({ name: 'honest', headers, body: () => body })
  })
}

/** CPU time of processes so far, all their threads, in milliseconds (proc.rst: schedstat). */
export function cpuMsOf(pids: readonly number[]): number {
  let nanoseconds = 0
  for (const pid of pids) {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      try {
        nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
      } catch {
        // The thread has ended.
      }
    }
  }
  return nanoseconds / 1e6
}

/** Memory of a process in MiB: now, or its peak since `resetPeak` (proc_pid_status(5)). */
export function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)![1]) / 1024
}

export const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5')
