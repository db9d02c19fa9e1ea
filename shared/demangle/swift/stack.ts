// The stack of nodes that operators of a Swift name work on, with identifiers and back references.
import { own } from '../../own.ts'
import { Cursor } from '../cursor.ts'
import { decodePunycode } from '../punycode.ts'
import { concurrencyTypes, standardTypes } from './tables.ts'
import { isContext, isDeclarationName, type Kind, type Node, node, type } from './tree.ts'

const maxWords = 26
const maxRepeats = 2048
const isWordStart = (c: string) => /[^\d_]/.test(c)
const isWordEnd = (c: string, before: string) =>
  c === '' || c === '_' || (!/[A-Z]/.test(before) && /[A-Z]/.test(c))

const swift = node('module', 'Swift')
const standardType = (name: string, kind = 'V'): Node =>
  type('nominal', kind, [swift, node('identifier', name)])

/** Reads the parts of a name that contain no others. */
export class NodeStack extends Cursor {
  protected readonly stack: Node[] = []
  protected readonly known: Node[] = []
  readonly #words: string[] = []
  /** Before Swift 5 labels are in the tuple of parameters. */
  protected readonly hasOldLabels: boolean

  constructor(text: string, at: number, hasOldLabels: boolean) {
    super(text, at)
    this.hasOldLabels = hasOldLabels
  }

  protected remember(part: Node): Node {
    this.known.push(part)
    return part
  }

  protected pop(matches: (part: Node) => boolean): Node | null {
    const top = this.stack[this.stack.length - 1]
    if (!top || !matches(top)) return null
    this.step()
    return this.stack.pop()!
  }

  protected popKind(...kinds: Kind[]): Node | null {
    return this.pop(({ kind }) => kinds.includes(kind))
  }

  protected popType(): Node {
    return this.pop(({ isType }) => isType) ?? this.fail()
  }

  protected popName(): Node {
    return this.pop(isDeclarationName) ?? this.fail()
  }

  protected popModule(): Node {
    const module = this.popKind('identifier', 'module') ?? this.fail()
    return node('module', module.text)
  }

  protected popContext(): Node {
    const module = this.popKind('identifier', 'module')
    return module ? node('module', module.text) : (this.pop(isContext) ?? this.fail())
  }

  protected popProtocol(): Node {
    const known = this.pop(({ kind, isType, text }) => isType && kind === 'nominal' && text === 'P')
    if (known) return known
    const name = this.popName()
    return type('nominal', 'P', [this.popContext(), name])
  }

  /** Elements up to the one that the marker of the first follows, or none for the empty list. */
  protected popList(read: () => Node): Node[] {
    if (this.popKind('empty')) return []
    const list: Node[] = []
    let isFirst: boolean
    do {
      isFirst = this.popKind('first') !== null
      list.unshift(read())
      this.step()
    } while (!isFirst)
    return list
  }

  /** `_`, `0_`, `1_`, … as 0, 1, 2, … */
  protected index(): number {
    if (this.take('_')) return 0
    const value = this.number() ?? this.fail()
    this.expect('_')
    return value + 1
  }

  protected identifier(): Node {
    let text = ''
    let hasWords = false
    let isPunycode = false
    if (this.take('00')) isPunycode = true
    else if (this.take('0')) hasWords = true
    do {
      while (hasWords && /[a-zA-Z]/.test(this.peek())) {
        const c = this.next()
        hasWords = c >= 'a'
        text += this.#words[c.toLowerCase().charCodeAt(0) - 97] ?? this.fail()
      }
      if (this.take('0')) break
      text += this.#written(isPunycode)
      this.bounded(text)
    } while (hasWords)
    return this.remember(node('identifier', text))
  }

  #written(isPunycode: boolean): string {
    const length = this.number() ?? this.fail()
    if (length === 0) this.fail()
    if (isPunycode) this.take('_')
    const written = this.slice(length)
    if (!isPunycode) {
      this.#learnWords(written)
      return written
    }
    const separator = written.lastIndexOf('_')
    const digits = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJ'
    const basic = written.slice(0, Math.max(separator, 0))
    const text = decodePunycode(basic, written.slice(separator + 1), digits) ?? this.fail()
    // Characters that identifiers cannot contain are moved to a private area.
    return text.replace(/[\ud800-\udfff]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xd800))
  }

  #learnWords(text: string): void {
    let start = -1
    for (let at = 0; at <= text.length; at++) {
      const c = text[at] ?? ''
      if (start >= 0 && isWordEnd(c, text[at - 1]!)) {
        if (at - start >= 2 && this.#words.length < maxWords) this.#words.push(text.slice(start, at))
        start = -1
      }
      if (start < 0 && c !== '' && isWordStart(c)) start = at
    }
  }

  /** `A`: back references, several of them and repeated ones. */
  protected backReferences(): Node {
    let repeats = -1
    for (;;) {
      const c = this.next()
      if (c >= 'a' && c <= 'z') {
        this.stack.push(this.#repeated(repeats, c.charCodeAt(0) - 97))
        repeats = -1
      } else if (c >= 'A' && c <= 'Z') return this.#repeated(repeats, c.charCodeAt(0) - 65)
      else if (c === '_') return this.known[repeats + 27] ?? this.fail()
      else {
        this.at--
        repeats = this.number() ?? this.fail()
      }
    }
  }

  #repeated(repeats: number, index: number): Node {
    const part = this.known[index] ?? this.fail()
    return this.#push(part, repeats)
  }

  #push(part: Node, repeats: number): Node {
    if (repeats > maxRepeats) this.fail()
    for (let i = 1; i < repeats; i++) {
      this.step()
      this.stack.push(part)
    }
    return part
  }

  /** `S`: abbreviations of the standard library. */
  protected standard(): Node {
    if (this.take('o')) return node('module', '__C')
    if (this.take('C')) return node('module', '__C_Synthesized')
    if (this.take('g'))
      return this.remember(type('bound', '', [standardType('Optional', 'O'), this.popType()]))
    const repeats = this.number() ?? -1
    const isConcurrency = this.peek() === 'c' && own(concurrencyTypes, this.peek(1)) !== undefined
    if (isConcurrency) this.at++
    const [kind, name] = own(isConcurrency ? concurrencyTypes : standardTypes, this.next()) ?? this.fail()
    return this.#push(standardType(name, kind), repeats)
  }
}
