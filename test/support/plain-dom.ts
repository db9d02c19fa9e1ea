// The part of a document that Preact needs, for components without a browser: elements, their attributes and listeners.

export class PlainNode {
  readonly nodeType: number
  readonly localName: string
  readonly namespaceURI: string
  parentNode: PlainNode | null = null
  readonly childNodes: PlainNode[] = []
  readonly attributes = new Map<string, string>()
  readonly listeners = new Map<string, (event: object) => void>()
  readonly style = createStyle()
  readonly dataset: Record<string, string> = {}
  data: string

  constructor(localName: string, { data = '', namespaceURI = 'http://www.w3.org/1999/xhtml' } = {}) {
    this.nodeType = localName === '#text' ? 3 : 1
    this.localName = localName
    this.namespaceURI = namespaceURI
    this.data = data
  }

  get firstChild(): PlainNode | null {
    return this.childNodes[0] ?? null
  }

  get nextSibling(): PlainNode | null {
    const all = this.parentNode?.childNodes ?? []
    return all[all.indexOf(this) + 1] ?? null
  }

  get ownerDocument(): typeof plainDocument {
    return plainDocument
  }

  insertBefore(node: PlainNode, before: PlainNode | null): PlainNode {
    node.remove()
    const at = before === null ? -1 : this.childNodes.indexOf(before)
    this.childNodes.splice(at < 0 ? this.childNodes.length : at, 0, node)
    node.parentNode = this
    return node
  }

  append(node: PlainNode): void {
    this.insertBefore(node, null)
  }

  appendChild(node: PlainNode): PlainNode {
    return this.insertBefore(node, null)
  }

  removeChild(node: PlainNode): PlainNode {
    node.remove()
    return node
  }

  remove(): void {
    const all = this.parentNode?.childNodes
    if (all) all.splice(all.indexOf(this), 1)
    this.parentNode = null
  }

  contains(node: PlainNode | null): boolean {
    return node !== null && (node === this || this.contains(node.parentNode))
  }

  setAttribute(name: string, value: unknown): void {
    this.attributes.set(name, String(value))
  }

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name)
  }

  addEventListener(name: string, listener: (event: object) => void): void {
    this.listeners.set(name, listener)
  }

  removeEventListener(name: string): void {
    this.listeners.delete(name)
  }

  replaceChildren(...nodes: PlainNode[]): void {
    for (const child of [...this.childNodes]) child.remove()
    for (const node of nodes) this.append(node)
  }

  focus(): void {}

  scrollIntoView(): void {}

  click(): void {
    this.listeners.get('click')?.call(this, { type: 'click' })
  }

  showModal(): void {
    this.setAttribute('open', '')
  }

  close(): void {
    this.removeAttribute('open')
  }

  querySelector(): null {
    return null
  }
}

/** The nodes below, in the order of the page, that fit. */
export function nodesIn(node: PlainNode, fits: (node: PlainNode) => boolean): PlainNode[] {
  return node.childNodes.flatMap((child) => [...(fits(child) ? [child] : []), ...nodesIn(child, fits)])
}

/** The first node below with an ID, a label, or, where it can be clicked, a text. */
export function named(node: PlainNode, name: string): PlainNode {
  const fits = (one: PlainNode) =>
    one.getAttribute('id') === name ||
    one.getAttribute('aria-label') === name ||
    (/^(?:a|button|summary)$/.test(one.localName) && textIn(one) === name)
  const found = nodesIn(node, fits)[0]
  if (!found) throw new Error(`There is no ${name}.`)
  return found
}

/** All texts below. */
export const textIn = (node: PlainNode): string =>
  node.nodeType === 3 ? `${node.data}` : node.childNodes.map(textIn).join('')

function createStyle() {
  const values: Record<string, string> = {}
  const setProperty = (name: string, value: string) => {
    values[name] = value
  }
  return new Proxy(values, {
    get: (_, name: string) => (name === 'setProperty' ? setProperty : values[name]),
  }) as Record<string, string>
}

export const plainDocument = {
  title: '',
  visibilityState: 'visible',
  activeElement: null,
  head: new PlainNode('head'),
  documentElement: new PlainNode('html'),
  createElement: (name: string) => new PlainNode(name),
  createElementNS: (namespaceURI: string, name: string) => new PlainNode(name, { namespaceURI }),
  createTextNode: (data: string) => new PlainNode('#text', { data }),
  querySelectorAll: (): PlainNode[] => [],
  querySelector: () => null,
  getElementById: () => null,
  addEventListener() {},
  removeEventListener() {},
}

/** Rows and items of a list beyond are only counted. */
const mostAlike = 3

/** A line for each element and text, with listeners as `@name`. */
export function linesOf(node: PlainNode, indent = ''): string[] {
  if (node.nodeType === 3) return node.data === '' ? [] : [`${indent}${JSON.stringify(node.data)}`]
  const attributes = [...node.attributes].map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
  const styles = Object.entries(node.style).map(([name, value]) => ` ${name}:${value}`)
  const listeners = [...node.listeners.keys()].map((name) => ` @${name.toLowerCase()}`)
  const alike = /^(?:tr|li|option|rect|circle)$/
  const counted = new Map<string, number>()
  const children = node.childNodes.flatMap((child) => {
    const count = (counted.get(child.localName) ?? 0) + 1
    counted.set(child.localName, count)
    return alike.test(child.localName) && count > mostAlike ? [] : linesOf(child, `${indent}  `)
  })
  const more = [...counted]
    .filter(([name, count]) => alike.test(name) && count > mostAlike)
    .map(([name, count]) => `${indent}  … ${count - mostAlike} more ${name}`)
  return [[indent, node.localName, ...attributes, ...styles, ...listeners].join(''), ...children, ...more]
}
