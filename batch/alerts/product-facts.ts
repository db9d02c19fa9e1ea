// What alerts of one product are found in.

import type { LeadingSignature, Tally } from '../../shared/aggregates/documents.ts'
import type { Alert } from '../../shared/alerts/alert.ts'
import type { ReleasesAggregate } from '../../shared/releases/document.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { AlertSettings } from '../products/alert-settings.ts'

/** An alert that was not compared with what was found before. */
export type Candidate = Omit<Alert, 'id' | 'at' | 'more'>

export interface DayCount extends Tally {
  date: IsoDate
}

/** Crashes that lack the symbols of a module, in the last seven whole days and the seven before. */
export interface ModuleWeeks {
  name: string
  now: Tally
  before: Tally
}

/** What is known of one product. Days are in order, without gaps. */
export interface ProductFacts {
  product: string
  rules: AlertSettings['rules']
  /** Crashes by day; the last day may be part of a day. */
  days: readonly DayCount[]
  /** Refused reports of the same days, and the rule that refused most on the last two. */
  refused: { counts: readonly number[]; rule: string }
  /** The first of the days on which the store has reports of any product, also refused ones. */
  storeBegan: IsoDate
  /** Whether the last day is over. */
  isLastWhole: boolean
  /** The signatures with the most crashes. */
  leading: readonly LeadingSignature[]
  releases: ReleasesAggregate | null
  modules: readonly ModuleWeeks[]
}

/** Of candidates about all versions and platforms. */
export const everything = { version: null, against: null, only: null } as const

export const newestDay = ({ days }: ProductFacts): IsoDate => days.at(-1)!.date

/** The days that are over. */
export const wholeDays = ({ days, isLastWhole }: ProductFacts): readonly DayCount[] =>
  isLastWhole ? days : days.slice(0, -1)

/** @param least of a rule, in percent */
export const reaches = (share: number, least: { share: number }): boolean => 100 * share >= least.share
