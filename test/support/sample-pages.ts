// Pages of the dashboard with the sample aggregates, and what tests compare of them.
import { join } from 'node:path'
import { expect } from 'vitest'
import { linesOf, nodesIn, type PlainNode } from './plain-dom.ts'
import { type Answer, type RenderedPages, renderPages } from './rendered-pages.ts'
import { sampleAggregates } from './sample-aggregates.ts'

/** Documents by path; functions answer as a server. */
export type Documents = Map<string, unknown>

export const sampleDocuments = (): Documents =>
  new Map([...sampleAggregates('2026-11-22T14:05:00.000000+00:00')].map(([key, one]) => [`/${key}`, one]))

/** @param documents may change later */
export const openSamplePages = (documents: Documents): Promise<RenderedPages> =>
  renderPages(documents, '2026-11-22T14:10:00Z')

/** The first node with a class. */
export const partOf = (root: PlainNode, name: string): PlainNode =>
  nodesIn(root, (node) => node.getAttribute('class')?.split(' ').includes(name) === true)[0]!

/** Compares nodes with `test/golden/pages/<name>.txt`. */
export const expectGolden = (nodes: PlainNode | PlainNode[], name: string): Promise<void> =>
  expect(
    `${[nodes]
      .flat()
      .flatMap((node) => linesOf(node))
      .join('\n')}\n`,
  ).toMatchFileSnapshot(join(import.meta.dirname, '../golden/pages', `${name}.txt`)) as Promise<void>

/** An answer with an error, as the edge gives it. */
export const refused =
  (status: number, description: string): Answer =>
  () =>
    Response.json({ description }, { status })
