// zstd data of any number of frames (RFC 8878), inflated block by block while it arrives.
import { CrashError } from '../errors.ts'
import { Refusal } from '../report/refusals.ts'
import type { Codecs, Inflater, StreamDecoder } from './codecs.ts'
import {
  mayBeZstdFrame,
  readZstdBlockHeader,
  readZstdFrameHeader,
  type ZstdFrameHeader,
} from './zstd-frames.ts'

/** The maximum window that the content coding allows (RFC 9659 §3). */
const maxWindowBytes = 8 * 1024 * 1024
/** Memory of an inflater besides the window. */
const inflaterBytes = 256 * 1024
/** Blocks that may inflate to more than this together are passed to the inflater one by one. */
const maxContentPerWrite = 1024 * 1024
const maxFrameHeaderBytes = 18
const blockHeaderBytes = 3

/** Reads every frame, including skippable ones. After a frame, bytes that do not start another one are ignored. */
export class ZstdDecoder implements StreamDecoder {
  ignoredBytes = 0
  streams = 0
  /** The largest window of all frames so far. */
  private windowBytes = 0
  private readonly inflater: Inflater
  /** Throws when a frame declares more content than allowed. */
  private readonly announce
  private readonly head = new Uint8Array(maxFrameHeaderBytes)
  private headLength = 0
  private state: 'head' | 'blocks' | 'skip' | 'garbage' = 'head'
  private blockHeader = 0
  private blockHeaderLength = 0
  /** Remaining bytes of the block, checksum or skippable frame. */
  private left = 0
  private isLastBlock = false
  private checksumBytes = 0

  constructor(codecs: Codecs, onOutput: (bytes: Uint8Array) => void, announce: (bytes: number) => void) {
    this.inflater = codecs.createInflater('zstd', onOutput)
    this.announce = announce
  }

  get heldBytes(): number {
    return inflaterBytes + this.windowBytes
  }

  async write(bytes: Uint8Array): Promise<number> {
    switch (this.state) {
      case 'head':
        return this.readHead(bytes)
      case 'blocks': {
        const end = this.endOfBlocks(bytes)
        await this.inflate(bytes.subarray(0, end))
        return end
      }
      case 'skip':
        return this.skip(bytes)
      case 'garbage':
        this.ignoredBytes += bytes.length
        return bytes.length
    }
  }

  async end(): Promise<void> {
    if (this.state === 'garbage') return
    // Fewer bytes than a magic number after a frame are garbage, too.
    const isGarbage = this.state === 'head' && this.streams > 0 && this.headLength < 4
    if (!isGarbage) throw new CrashError('bad-report', 'The zstd data is truncated')
    this.ignoredBytes += this.headLength
  }

  close(): void {
    this.inflater.close()
  }

  private async readHead(bytes: Uint8Array): Promise<number> {
    this.head[this.headLength++] = bytes[0]!
    const head = this.head.subarray(0, this.headLength)
    if (!mayBeZstdFrame(head)) {
      if (this.streams === 0) throw new CrashError('bad-report', 'Not zstd data')
      this.ignoredBytes += this.headLength
      this.state = 'garbage'
      return 1
    }
    const frame = readZstdFrameHeader(head)
    if (frame) {
      this.streams++
      this.headLength = 0
      await this.open(frame, head)
    }
    return 1
  }

  private async open(frame: ZstdFrameHeader, head: Uint8Array): Promise<void> {
    if (frame.skippableBytes !== null) {
      this.left = frame.skippableBytes
      this.state = this.left > 0 ? 'skip' : 'head'
      return
    }
    if (frame.needsDictionary) throw new CrashError('bad-report', 'The zstd frame needs a dictionary')
    if (frame.windowBytes > maxWindowBytes) throw new Refusal('zstd_window_too_large')
    this.announce(frame.contentBytes ?? 0)
    this.windowBytes = Math.max(this.windowBytes, frame.windowBytes)
    this.checksumBytes = frame.checksumBytes
    this.isLastBlock = false
    this.left = 0
    this.state = 'blocks'
    await this.inflate(head)
  }

  private async inflate(bytes: Uint8Array): Promise<void> {
    if ((await this.inflater.write(bytes)) < bytes.length) {
      throw new CrashError('bad-report', 'The zstd frame ends before its last block')
    }
  }

  /** The end of the frame, of `bytes`, or of the maximum for one write. */
  private endOfBlocks(bytes: Uint8Array): number {
    let at = 0
    let content = 0
    while (at < bytes.length && this.state === 'blocks') {
      if (this.left > 0) {
        const length = Math.min(this.left, bytes.length - at)
        at += length
        this.left -= length
        if (this.left === 0) this.leaveBlock()
        continue
      }
      if (content >= maxContentPerWrite) break
      this.blockHeader |= bytes[at++]! << (8 * this.blockHeaderLength++)
      if (this.blockHeaderLength === blockHeaderBytes) content += this.enterBlock()
    }
    return at
  }

  /** Returns the maximum inflated size of the block. */
  private enterBlock(): number {
    const block = readZstdBlockHeader(this.blockHeader)
    this.blockHeader = 0
    this.blockHeaderLength = 0
    this.isLastBlock = block.last
    this.left = block.bytes
    if (this.left === 0) this.leaveBlock()
    return block.maxContentBytes
  }

  /** After a block, or after the checksum. */
  private leaveBlock(): void {
    if (!this.isLastBlock) return
    this.left = this.checksumBytes
    this.checksumBytes = 0
    if (this.left === 0) this.state = 'head'
  }

  private skip(bytes: Uint8Array): number {
    const length = Math.min(this.left, bytes.length)
    this.left -= length
    if (this.left === 0) this.state = 'head'
    return length
  }
}
