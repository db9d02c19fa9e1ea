// The output formats of `mayday signature`: text, JSON lines, CSV or Markdown.
import { quote } from '../../shared/signature/python-compat/python.ts'
import type { SignatureResult } from '../../shared/signature/signature.ts'
import { quotedLine } from './csv.ts'
import { present } from '../../shared/present.ts'

/** A signature and the one it is compared with. */
export interface SignedCrash {
  /** The crash ID, else the line number. */
  name: string
  crashId: string | null
  original: string
  result: SignatureResult
}

/** A format: `head` comes first, `between` before every crash but the first. */
export interface SignatureFormat {
  head: string
  between: string
  write(crash: SignedCrash, verbose: boolean): string
  /** Written in place of a crash that could not be read; empty to report it on standard error only. */
  failed(name: string, message: string): string
}

const yesNo = ({ original, result }: SignedCrash) => (original === result.signature ? 'True' : 'False')

function plainText(crash: SignedCrash, verbose: boolean): string {
  const { signature, notes, steps } = crash.result
  const lines = [
    `Crash id: ${crash.name}`,
    `Original: ${crash.original}`,
    `New:      ${signature}`,
    `Same?:    ${yesNo(crash)}`,
  ]
  const list = (title: string, items: readonly string[]) => {
    if (items.length > 0) lines.push(title, ...items.map((item) => `          ${item}`))
  }
  list(`Notes:    (${notes.length})`, notes)
  if (verbose) {
    list(
      `Steps:    (${steps.length})`,
      steps.map(({ rule, what }) => `${rule}: ${what}`),
    )
    list('Frames:', crash.result.extra.normalized_frames ?? [])
  }
  return `${lines.join('\n')}\n`
}

function jsonOf({ crashId, original, result }: SignedCrash, verbose: boolean): string {
  const { signature, notes, extra, debug_log, steps } = result
  return `${JSON.stringify({
    ...present({ crash_id: crashId }),
    signature,
    proto_signature: extra.proto_signature ?? '',
    notes,
    ...(verbose ? { original_signature: original, extra, debug_log, steps } : {}),
  })}\n`
}

function csvOf(crash: SignedCrash): string {
  const notes = `[${crash.result.notes.map((note) => quote(note)).join(', ')}]`
  const cells = [crash.name, crash.original, crash.result.signature, yesNo(crash), notes]
  return quotedLine(cells)
}

/** Backticks would end the code span around a signature. */
const code = (text: string) => `\`${text.replaceAll('`', '\\`')}\``

function markdownOf(crash: SignedCrash, verbose: boolean): string {
  const { signature, notes, steps } = crash.result
  const lines = [
    `**Crash id:** ${crash.name}`,
    `**Original:** ${code(crash.original)}`,
    `**New:** ${code(signature)}`,
    `**Same?:** ${yesNo(crash)}`,
    `**Notes:** (${notes.length})`,
    '',
  ]
  if (notes.length > 0) lines.push(...notes.map((note) => `* ${note}`), '')
  if (verbose) lines.push('**Steps:**', '', ...steps.map(({ what }) => `* ${what}`), '')
  return `${lines.join('\n')}\n`
}

/** The formats by name. */
export const signatureFormats: Readonly<Record<string, SignatureFormat>> = {
  text: { head: '', between: '\n', write: plainText, failed: () => '' },
  json: {
    head: '',
    between: '',
    write: jsonOf,
    failed: (name, message) => `${JSON.stringify({ error: `${name}: ${message}` })}\n`,
  },
  csv: { head: '"crashid","old","new","same?","notes"\r\n', between: '', write: csvOf, failed: () => '' },
  markdown: { head: '', between: '\n', write: markdownOf, failed: () => '' },
}
