// The scripts that complete command lines: in bash as a user would, in other shells where they are installed.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completionScript, type Shell } from '../../../batch/cli/completion.ts'
import { createProgram } from '../../../batch/program.ts'

const scripts = new Map<Shell, string>()

beforeAll(async () => {
  const program = await createProgram('completion')
  for (const shell of ['bash', 'zsh', 'fish'] as const) scripts.set(shell, completionScript(shell, program))
})
afterAll(() => scripts.clear())

const isInstalled = (shell: string) => spawnSync(shell, ['-c', 'exit']).status === 0

/** What bash proposes for words, of which the last is being typed. */
function proposed(...words: string[]): string[] {
  const ask = `COMP_WORDS=(mayday "$@"); COMP_CWORD=$#; _mayday; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', `${scripts.get('bash')}\n${ask}`, 'bash', ...words], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line !== '')
}

describe('completion in bash', () => {
  test.each<[string, string[], string[]]>([
    ['a command', ['agg'], ['aggregate']],
    ['a command of a command', ['tokens', 're'], ['revoke']],
    ['an option', ['process', '--sha'], ['--shard']],
    ['an option after arguments', ['symbols', 'add', 'some.sym', '--ser'], ['--server']],
    ['the value of an option that has choices', ['sql', '--format', 'pa'], ['parquet']],
    ['no command as an argument of another one', ['sql', 'process', 'agg'], []],
    ['no option as the value of an option, so that bash proposes files', ['process', '--store', '--sh'], []],
  ])('proposes %s', (_name, words, expected) => {
    expect(proposed(...words)).toEqual(expected)
  })

  test('proposes every command, each once', async () => {
    const { commands } = await createProgram(undefined)
    expect(proposed('').sort()).toEqual(commands.map((command) => command.name()).sort())
  })
})

describe('completion in other shells', () => {
  test.skipIf(!isInstalled('zsh'))('zsh accepts the script', () => {
    const { stderr } = spawnSync('zsh', ['-n'], { input: scripts.get('zsh')!, encoding: 'utf8' })
    expect(stderr).toBe('')
  })

  test.skipIf(!isInstalled('fish'))('fish proposes commands and options', () => {
    const ask = (line: string) => {
      const { stdout, stderr } = spawnSync(
        'fish',
        ['-N', '-c', `${scripts.get('fish')}\ncomplete -C '${line}'`],
        {
          encoding: 'utf8',
        },
      )
      expect(stderr).toBe('')
      return stdout.split('\n').map((proposal) => proposal.split('\t')[0])
    }
    expect(ask('mayday agg')).toContain('aggregate')
    expect(ask('mayday tokens re')).toContain('revoke')
    expect(ask('mayday process --sha')).toContain('--shard')
  })
})
