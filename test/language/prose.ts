// The human-readable parts of a file: comments, texts and names. Code in backticks is blanked.
import { extname } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/** One comment, text or Markdown page. `start` is its offset in the file; blanks keep all offsets inside it. */
export interface Prose {
  start: number
  text: string
}

/** An identifier of a program. */
export interface Name {
  start: number
  name: string
}

/** What `readProse` finds. */
export interface FileText {
  prose: Prose[]
  names: Name[]
}

/**
 * Reads one file. TypeScript: comments, strings and templates that contain a space, JSX text, identifiers.
 * Markdown: everything but code. JSON: strings. Other files: comments.
 */
export function readProse(path: string, source: string): FileText {
  const read = readers[extname(path)] ?? commentsAfter('#')
  const { prose, names } = read(source, path)
  return { prose: prose.map((p) => ({ ...p, text: blankCode(p.text) })), names }
}

type Reader = (source: string, path: string) => FileText

const readers: Record<string, Reader> = {
  '.ts': readProgram,
  '.tsx': readProgram,
  '.js': readProgram,
  '.md': (source) => ({ prose: [{ start: 0, text: blank(source, /^ *(```+)[\s\S]*?^ *\1/gm) }], names: [] }),
  '.json': (source) => textsMatching(source, /"(?:[^"\\]|\\.)*"/g),
  '.css': (source) => textsMatching(source, /\/\*[\s\S]*?\*\//g),
  '.html': (source) => textsMatching(source, /<!--[\s\S]*?-->|(?<=>)[^<>]*\s[^<>]*(?=<)/g),
  '.sql': commentsAfter('--'),
}

function readProgram(source: string, path: string): FileText {
  const prose: Prose[] = []
  const names: Name[] = []
  // The span of a template's text includes the backticks around it.
  const add = ({ start, end }: { start: number; end: number }) =>
    prose.push({ start, text: source.slice(start, end).replace(/^`|`$/g, ' ') })
  const addText = (node: { start: number; end: number }) => {
    if (/\s/.test(source.slice(node.start, node.end))) add(node)
  }
  const { program, comments, errors } = parseSync(path, source)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`)
  new Visitor({
    Literal: (node) => {
      if (typeof node.value === 'string') addText(node)
    },
    TemplateElement: addText,
    JSXText: addText,
    Identifier: ({ start, name }) => names.push({ start, name }),
  }).visit(program)
  const joined = joinLines(comments, source)
  for (const comment of joined) add(comment)
  return { prose: prose.map((p) => ({ ...p, text: p.text.replace(/^\s*(?:\/\/|\*)/gm, blanks) })), names }
}

/** Joins `//` comments on adjacent lines, so that a phrase may span them. */
function joinLines(comments: { start: number; end: number; type: string }[], source: string) {
  const joined: { start: number; end: number; type: string }[] = []
  for (const comment of comments) {
    const last = joined.at(-1)
    const adjacent = last?.type === 'Line' && /^\r?\n[ \t]*$/.test(source.slice(last.end, comment.start))
    if (adjacent && comment.type === 'Line') last.end = comment.end
    else joined.push({ ...comment })
  }
  return joined
}

function commentsAfter(mark: '#' | '--'): Reader {
  return (source) => textsMatching(source, mark === '#' ? /(?<=^|\s)#.*$/gm : /--.*$/gm)
}

function textsMatching(source: string, pattern: RegExp): FileText {
  return { prose: [...source.matchAll(pattern)].map((m) => ({ start: m.index, text: m[0] })), names: [] }
}

const blankCode = (text: string) => blank(text, /`[^`\n]+`/g)
const blank = (text: string, pattern: RegExp) => text.replace(pattern, blanks)
const blanks = (match: string) => match.replace(/[^\n]/g, ' ')
