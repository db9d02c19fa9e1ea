// Options that several commands have, and the parsers of their values.
import type { Command } from 'commander'
import { isDate } from '../../shared/time/dates.ts'
import { CrashError } from '../../shared/errors.ts'
import type { IsoDate } from '../../shared/units.ts'
export type { StoreOptions } from '../lake/open-store.ts'

/** Adds `--store` to a command. */
export const addStoreOption = (command: Command): Command =>
  command.option('--store <URL>', 'file:DIR, r2:local or s3:https://… (MAYDAY_STORE, else file:./data)')

/** Adds `--products`. */
export const addProductsOption = (command: Command): Command =>
  command.option('--products <DIR>', 'folder of product files (MAYDAY_PRODUCTS, else those of the store)')

/** How crashes are processed; see `process-options.ts`. */
export interface ProcessFlags {
  shard?: string
  symbols?: string[]
  lists?: string
  workers?: number
}

/** Adds `--shard`. */
export const addShardOption = (command: Command): Command =>
  command.option('--shard <I/N>', 'process only this shard of the crashes, I from 0 to N-1')

/** Adds `--symbols`. */
export const addSymbolsOption = (command: Command): Command =>
  command.option(
    '--symbols <DIR|URL>',
    "symbol sources, tried in order after the store's own (repeatable)",
    collect,
  )

/** Adds `--workers`. */
export const addWorkersOption = (command: Command): Command =>
  command.option(
    '--workers <N>',
    'worker threads (MAYDAY_WORKERS, else one per core)',
    countOption('--workers', 1, 256),
  )

/** The help of `--lists`. */
export const listsHelp =
  'signature lists in place of the built-in ones, in our format or in Socorro’s (MAYDAY_LISTS)'

/** For commander: collects the values of a repeatable option. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value]

/** For commander: collects dates. Throws CrashError('bad-usage'). */
export function collectDate(value: string, before: IsoDate[] = []): IsoDate[] {
  const date = /^\d{8}$/.test(value) ? value.replace(/(....)(..)(..)/, '$1-$2-$3') : value
  if (!isDate(date)) {
    throw new CrashError('bad-usage', `A date must have the form YYYY-MM-DD, not '${value}'`)
  }
  return [...before, date]
}

/** For commander: a whole number from `least`. Throws CrashError('bad-usage'). */
export function countOption(name: string, least: number, most: number): (value: string) => number {
  return (value) => {
    const count = Number(value)
    if (!Number.isInteger(count) || count < least || count > most) {
      throw new CrashError('bad-usage', `${name} must be a number from ${least} to ${most}, not '${value}'`)
    }
    return count
  }
}
