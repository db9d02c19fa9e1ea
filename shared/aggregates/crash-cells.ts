// Between the cells of a Top Crashers document and their compact stored form.
import type { Cell, PackedCells, PackedTopCrashers, TopCrashersAggregate } from './documents.ts'

/** The lists that cells refer to: each combination once. */
class Combinations {
  readonly list: number[][] = []
  private readonly indexes = new Map<string, number>()

  indexOf(combination: number[]): number {
    const key = combination.join()
    const known = this.indexes.get(key)
    if (known !== undefined) return known
    this.indexes.set(key, this.list.length)
    return this.list.push(combination) - 1
  }
}

/** Groups cells by line and group: cells of the same line have the same weight of reports. */
export function packTopCrashers(document: TopCrashersAggregate): PackedTopCrashers {
  const [lines, groups] = [new Combinations(), new Combinations()]
  const pack = (cells: readonly Cell[]): PackedCells => {
    const rows = cells.map(([version, channel, platform, process, count, weighted, type]) => ({
      line: lines.indexOf([version, channel, round(weighted / count)]),
      group: groups.indexOf([platform, process, type]),
      count,
    }))
    rows.sort((a, b) => a.group - b.group || a.line - b.line)
    return [rows.map(({ line }) => line), rows.map(({ group }) => group), rows.map(({ count }) => count)]
  }
  const packBoth = <T extends CellsOfPeriods>(of: T) => ({
    ...of,
    current: pack(of.current),
    previous: pack(of.previous),
  })
  return {
    ...document,
    all: packBoth(document.all),
    signatures: document.signatures.map(packBoth),
    lines: lines.list as PackedTopCrashers['lines'],
    groups: groups.list as PackedTopCrashers['groups'],
  }
}

interface CellsOfPeriods {
  current: readonly Cell[]
  previous: readonly Cell[]
}

/** @throws RangeError when a cell refers to something that the document does not have */
export function unpackTopCrashers({ lines, groups, ...document }: PackedTopCrashers): TopCrashersAggregate {
  const unpack = ([lineOf, groupOf, counts]: PackedCells): Cell[] =>
    counts.map((count, i) => {
      const [line, group] = [lines[lineOf[i]!], groups[groupOf[i]!]]
      if (!line || !group) throw new RangeError('a cell refers to something missing')
      const [version, channel, weight] = line
      const [platform, process, type] = group
      return [version, channel, platform, process, count, round(count * weight, 100), type]
    })
  const unpackBoth = <T extends { current: PackedCells; previous: PackedCells }>(of: T) => ({
    ...of,
    current: unpack(of.current),
    previous: unpack(of.previous),
  })
  return {
    ...document,
    all: unpackBoth(document.all),
    signatures: document.signatures.map(unpackBoth),
  }
}

/** To a precision at which counts times weights are exact to a hundredth. */
const round = (value: number, precision = 1e9) => Math.round(value * precision) / precision
