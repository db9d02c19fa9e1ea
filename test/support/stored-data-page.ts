// The tables of docs/stored-data.md and docs/backup.md.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { bucketNames } from '../../shared/storage/storage.ts'

type BucketName = (typeof bucketNames)[number]

export interface StoredPrefix {
  bucket: BucketName
  /** Ends in a slash; `FILE/ID/` means symbol files. */
  prefix: string
  isBackedUp: boolean
}

/** Everything that is stored, by docs/stored-data.md. */
export const readStoredPrefixes = (): StoredPrefix[] =>
  tableRows('docs/stored-data.md').flatMap(([bucket = '', prefixes = '', ...rest]) => {
    const name = bucketNames.find((one) => bucket === `\`${one}\``)
    if (!name || rest.length !== 4) return []
    return codeSpans(prefixes).map((prefix) => ({ bucket: name, prefix, isBackedUp: rest.at(-1) === 'yes' }))
  })

export interface Loss {
  lost: { bucket: BucketName; prefixes: string[] }
  /** Command lines of `mayday`, without its name. */
  commands: string[][]
}

/** The rows of docs/backup.md with commands that rebuild what was lost. */
export const readLosses = (): Loss[] =>
  tableRows('docs/backup.md').flatMap(([lost = '', commands = '', ...rest]) => {
    const [first = '', ...prefixes] = codeSpans(lost)
    const bucket = bucketNames.find((one) => one === first)
    const lines = codeSpans(commands).filter((line) => line.startsWith('mayday '))
    const isRow = bucket && rest.length === 0 && commands === lines.map((line) => `\`${line}\``).join(', ')
    return isRow
      ? [{ lost: { bucket, prefixes }, commands: lines.map((line) => line.split(' ').slice(1)) }]
      : []
  })

/** The cells of all rows of the tables of a page. */
function tableRows(page: string): string[][] {
  const text = readFileSync(resolve(import.meta.dirname, '../..', page), 'utf8')
  const lines = text.split('\n').filter((line) => /^\| .* \|$/.test(line))
  return lines.map((line) => line.slice(2, -2).split(' | '))
}

const codeSpans = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)
