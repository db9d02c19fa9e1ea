// What the palette finds: products, versions, signatures, reports, fields and pages, as links.
import type { ProductAggregate } from '../../shared/aggregates/documents.ts'
import {
  fieldsHref,
  findCrashId,
  homeHref,
  reportHref,
  searchPageHref,
  signatureHref,
  signaturesHref,
  topCrashersHref,
} from '../route.ts'
import { sitePages } from '../site-map.ts'
import { formatCount } from './format.ts'
import { fieldOptions } from './search/field-names.ts'
import { findSignatures, rankOf, readRow, type SearchablePart } from './signatures/find-signatures.ts'

/** A link that the palette offers. */
export interface PaletteEntry {
  text: string
  /** What it is, where the name of the group does not tell. */
  detail?: string
  href: string
  /** A name from a program. */
  code?: boolean
}

export interface PaletteGroup {
  name: string
  entries: PaletteEntry[]
}

/** What can be found; empty lists while it is loading. */
export interface PaletteSources {
  products: readonly ProductAggregate[]
  signatures: readonly SearchablePart[]
}

const mostEntries = 5
const mostSignatures = 8

const pages: readonly PaletteEntry[] = sitePages.map(({ name, href }) => ({ text: name, href }))

/** Groups with entries, those with the best match first; at least one for any text. */
export function findEntries(text: string, sources: PaletteSources): PaletteGroup[] {
  const wanted = text.trim()
  const crashId = findCrashId(wanted)
  if (crashId !== null)
    return [{ name: 'Report', entries: [{ text: crashId, href: reportHref(crashId), code: true }] }]
  if (wanted === '') return withEntries([{ name: 'Pages', entries: [...pages] }, productsOf('', sources)])
  const groups = [
    productsOf(wanted, sources),
    versionsOf(wanted, sources),
    signaturesOf(wanted, sources),
    { name: 'Pages', entries: best(pages, wanted) },
    { name: 'Fields', entries: best(fields, wanted) },
  ]
  return [...withEntries(groups).sort((a, b) => bestRank(a, wanted) - bestRank(b, wanted)), searches(wanted)]
}

const withEntries = (groups: readonly PaletteGroup[]) => groups.filter(({ entries }) => entries.length > 0)

const rankIn = ({ text }: PaletteEntry, wanted: string) => rankOf(text.toLowerCase(), wanted.toLowerCase())
const bestRank = ({ entries }: PaletteGroup, wanted: string) =>
  Math.min(...entries.map((entry) => rankIn(entry, wanted)))

/** The entries that contain all words, better matches first. */
function best(entries: readonly PaletteEntry[], wanted: string): PaletteEntry[] {
  const words = wanted.toLowerCase().split(/\s+/)
  return entries
    .filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)))
    .sort((a, b) => rankIn(a, wanted) - rankIn(b, wanted))
    .slice(0, mostEntries)
}

const productsOf = (wanted: string, { products }: PaletteSources): PaletteGroup => ({
  name: 'Products',
  entries: best(
    products.map(({ name }) => ({ text: name, href: homeHref(name) })),
    wanted,
  ),
})

const versionsOf = (wanted: string, { products }: PaletteSources): PaletteGroup => ({
  name: 'Versions',
  entries: best(
    products.flatMap(({ name: product, versions }) =>
      versions.map(({ version }) => ({
        text: `${product} ${version}`,
        detail: 'top crashers',
        href: topCrashersHref({ product, version }),
      })),
    ),
    wanted,
  ),
})

function signaturesOf(text: string, { signatures }: PaletteSources): PaletteGroup {
  const rows = findSignatures(signatures, { text })
  const entries: PaletteEntry[] = rows.slice(0, mostSignatures).map((row) => {
    const { signature, products } = readRow(row)
    return { text: signature, detail: products.join(', '), href: signatureHref(signature), code: true }
  })
  if (rows.length > mostSignatures)
    entries.push({
      text: `All ${formatCount(rows.length)} signatures with “${text}”`,
      href: signaturesHref({ q: text }),
    })
  return { name: 'Signatures', entries }
}

const fields: readonly PaletteEntry[] = fieldOptions.map(([name, text]) => ({
  text,
  detail: 'meaning and values',
  href: fieldsHref(name),
}))

const searches = (text: string): PaletteGroup => ({
  name: 'Search reports',
  entries: [
    ['signature', 'Reports whose signature contains'],
    ['proto_signature', 'Reports whose stack contains'],
  ].map(([field, name]) => ({
    text: `${name} “${text}”`,
    href: searchPageHref(new URLSearchParams({ [field!]: `~${text}` })),
  })),
})
