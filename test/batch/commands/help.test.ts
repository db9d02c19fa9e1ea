// What `--help` describes of every command.
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from '../../../batch/program.ts'

/** All commands with their names, those of commands included. */
const allOf = (command: Command, names: readonly string[] = []): [name: string, Command][] => [
  [names.join(' '), command],
  ...command.commands.flatMap((one) => allOf(one, [...names, one.name()])),
]

test('every command, argument and option has a description', async () => {
  const lacking = allOf(await createProgram('completion')).flatMap(([name, command]) => [
    ...(command.description() ? [] : [name]),
    ...command.registeredArguments.flatMap((one) => (one.description ? [] : [`${name} <${one.name()}>`])),
    ...command.options.flatMap((one) => (one.description ? [] : [`${name} ${one.flags}`])),
  ])
  expect(lacking).toEqual([])
})
