import { describe, expect, test } from 'vitest'
import { columnsText, shownColumns } from '../../../dashboard/model/crashers/columns.ts'

const columns = [
  { key: 'name', header: true },
  { key: 'count' },
  { key: 'share' },
  { key: 'win', extra: true },
] as const

const keys = (text: string | undefined) => shownColumns(columns, text).map(({ key }) => key)

describe('the columns of a list', () => {
  test.each([
    [undefined, ['name', 'count', 'share']],
    ['share,count', ['name', 'count', 'share']],
    ['win', ['name', 'win']],
    ['none', ['name']],
    ['__proto__,<b>,win', ['name', 'win']],
  ])('chosen by %j are %j', (text, shown) => {
    expect(keys(text)).toEqual(shown)
  })

  test.each([
    [['count', 'share'], undefined],
    [['name', 'count', 'share'], undefined],
    [['share'], 'share'],
    [['win', 'count', 'share'], 'count,share,win'],
    [[], 'none'],
  ])('%j are written %j, which means the same columns', (shown, text) => {
    expect(columnsText(columns, new Set(shown))).toBe(text)
    expect(new Set(keys(text))).toEqual(new Set(['name', ...shown]))
  })
})
