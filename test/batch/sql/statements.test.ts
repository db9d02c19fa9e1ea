import { describe, expect, test } from 'vitest'
import { collectParameter, valuesFor } from '../../../batch/sql/parameters.ts'
import { parametersIn, splitStatements, statementsOf } from '../../../batch/sql/statements.ts'

describe('statementsOf', () => {
  test.each([
    ['select 1; select 2', ['select 1', 'select 2']],
    ["select ';' ;", ["select ';'"]],
    ['select 1 -- a; b\n;', ['select 1 -- a; b']],
    ['/* ; */ select "a;b" - 1', ['/* ; */ select "a;b" - 1']],
    ["select 'it''s; fine'", ["select 'it''s; fine'"]],
    ["select e'it\\'s; fine'; select 2", ["select e'it\\'s; fine'", 'select 2']],
    ['select $$a;b$$; select $x$;$$;$x$', ['select $$a;b$$', 'select $x$;$$;$x$']],
    ['select $a; select $b', ['select $a', 'select $b']],
    [' ;; -- nothing\n', []],
  ])('%j', (text, expected) => {
    expect(statementsOf(text)).toEqual(expected)
  })
})

test.each(["select 'a;", 'select "a;', 'select $$a;', 'select $t$a;$$;', 'select 1 /* a;', 'select 1'])(
  '%j is incomplete',
  (text) => {
    expect(splitStatements(text)).toEqual({ statements: [], rest: text })
  },
)

test('parameters are not looked for in quotes and comments', () => {
  const sql = `select $a, '$b', "$c", $$ $d $$, $t$ $e $t$ -- $f\n from x where y > $g and z = $a`
  expect([...parametersIn(sql)]).toEqual(['a', 'g'])
})

describe('parameters', () => {
  const given = collectParameter('b=x=y', collectParameter('a=1'))

  test('may contain an equals sign, and only those of the statement are bound', () => {
    expect(valuesFor('select $b', given)).toEqual({ b: 'x=y' })
  })

  test.each([
    [() => collectParameter('a'), 'name=value'],
    [() => collectParameter('a-b=1'), 'name=value'],
    [() => valuesFor('select $a, $c, $d', given), '-p c=VALUE -p d=VALUE'],
  ])('are refused with the correct form (%#)', (attempt, form) => {
    expect(attempt).toThrow(form)
  })
})
