// The first part of a symbol file: what it states about its module, and whether it is a symbol file at all.
import { baseName } from '../text/base-name.ts'
import { CrashError } from '../errors.ts'
import { parseSymFile } from '../symbols/sym/parse.ts'
import type { Bytes } from '../units.ts'
import type { FilePath } from './file-path.ts'
import type { ModuleFacts } from './stored-file.ts'

/** Enough for the MODULE and INFO records and some of those that follow. */
export const symbolHeadBytes: Bytes = 64 * 1024

/** The first bytes of a stream, up to `symbolHeadBytes`. The rest is not read. */
export async function symbolHeadOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const head = new Uint8Array(symbolHeadBytes)
  let length = 0
  for await (const piece of content) {
    const part = piece.subarray(0, head.length - length)
    head.set(part, length)
    length += part.length
    if (length === head.length) break
  }
  return head.subarray(0, length)
}

/** At least so many of the first lines must be records. */
const minRecords = 0.5

/**
 * @param head the first bytes of a symbol file, up to `symbolHeadBytes`
 * @throws CrashError 'bad-symbols' when it is not a symbol file
 */
export function readSymbolHead(head: Uint8Array): ModuleFacts {
  const end = head.length < symbolHeadBytes ? head.length : head.lastIndexOf(0x0a) + 1
  const whole = head.subarray(0, end)
  const lines = new TextDecoder().decode(whole).split(/\r?\n/)
  const module = /^MODULE (\S+) (\S+) ([0-9A-Fa-f]+) (\S.*?)\s*$/.exec(lines[0] ?? '')
  if (!module) throw bad(`it does not start with a MODULE record: MODULE <os> <cpu> <ID> <name>`)
  const { badLines } = parseSymFile(whole)
  if (badLines > lines.length * minRecords)
    throw bad(`${badLines} of its first ${lines.length} lines are not records`)
  const isRecord = (line: string) => /^(?:MODULE|INFO) /.test(line)
  const info = lines
    .slice(
      0,
      Math.max(
        0,
        lines.findIndex((line) => !isRecord(line)),
      ),
    )
    .join('\n')
  const [, codeId = '', codeFile = ''] = /^INFO CODE_ID ([0-9A-Fa-f]+)(?: (\S.*?))?\s*$/m.exec(info) ?? []
  const [, generator = ''] = /^INFO GENERATOR (\S.*?)\s*$/m.exec(info) ?? []
  const [, lacks = ''] = /^INFO LACKS (\S.*?)\s*$/m.exec(info) ?? []
  return {
    debugFile: baseName(module[4]!),
    debugId: module[3]!.toUpperCase(),
    codeFile: baseName(codeFile),
    codeId: codeId.toUpperCase(),
    generator,
    lacks,
  }
}

const bad = (problem: string) => new CrashError('bad-symbols', `It is not a Breakpad symbol file: ${problem}`)

/**
 * Checks that a symbol file is stored where its module is looked up: by debug file and ID, or by code file and ID.
 * @throws CrashError 'bad-symbols'
 */
export function requirePlace({ name, id }: FilePath, module: ModuleFacts): void {
  const { debugFile, debugId, codeFile, codeId } = module
  if (id !== debugId && id !== codeId) {
    const ids = codeId === '' ? debugId : `${debugId} (code ID ${codeId})`
    throw new CrashError('bad-symbols', `Its MODULE record has the ID ${ids}, its path has ${id}`)
  }
  const names = [debugFile, codeFile].filter((known) => known !== '')
  if (!names.some((known) => known.toLowerCase() === name.toLowerCase()))
    throw new CrashError('bad-symbols', `Its records name ${names.join(' and ')}, its path ${name}`)
}
