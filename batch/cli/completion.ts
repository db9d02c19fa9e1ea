// Completion of command lines in shells, derived from the program: commands, options, values of options.
import type { Command, Option } from 'commander'

/** A command, with its path from the program: `/symbols/add`; '' is the program. */
interface Completed {
  path: string
  commands: Described[]
  options: Described[]
  /** The options that a value follows, as typed; `choices` is empty when it may be anything, such as a file. */
  valued: { names: string[]; choices: readonly string[] }[]
}

interface Described {
  name: string
  text: string
}

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** The script that a shell reads to complete the command lines of `program`, whose commands all have their options. */
export function completionScript(shell: Shell, program: Command): string {
  const writers = { bash: writeBash, zsh: writeZsh, fish: writeFish }
  return writers[shell](completedCommands(program, ''))
}

function completedCommands(command: Command, path: string): Completed[] {
  const help = command.createHelp()
  const commands = help.visibleCommands(command).filter((one) => one.name() !== 'help')
  const options = help.visibleOptions(command)
  const own = {
    path,
    commands: commands.map((one) => ({ name: one.name(), text: one.description() })),
    options: options.map((option) => ({ name: nameOf(option), text: option.description })),
    valued: options
      .filter((option) => option.required || option.optional)
      .map((option) => ({ names: namesOf(option), choices: option.argChoices ?? [] })),
  }
  return [own, ...commands.flatMap((one) => completedCommands(one, `${path}/${one.name()}`))]
}

const namesOf = ({ long, short }: Option) => [long, short].filter((name) => typeof name === 'string')
const nameOf = (option: Option) => namesOf(option)[0]!

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
/** One line, as a description is shown. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ')
const pathsIn = (commands: readonly Completed[]) =>
  commands.filter(({ path }) => path !== '').map(({ path }) => quoted(path))

/** The cases of a script: the path of the command, then the option before the cursor. */
const valueCases = (commands: readonly Completed[], write: (choices: readonly string[]) => string): string =>
  commands
    .flatMap(({ path, valued }) =>
      valued.map(({ names, choices }) => {
        const patterns = names.map((name) => quoted(`${path} ${name}`))
        return `    ${patterns.join('|')}) ${write(choices)} ;;`
      }),
    )
    .join('\n')

function writeBash(commands: readonly Completed[]): string {
  const words = (described: readonly Described[]) => quoted(described.map(({ name }) => name).join(' '))
  const cases = commands.map(
    (one) => `    ${quoted(one.path)}) commands=${words(one.commands)} options=${words(one.options)} ;;`,
  )
  const values = (choices: readonly string[]) =>
    `${choices.length ? `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur")); ` : ''}return`
  return `# Completion of mayday in bash: source <(mayday completion bash)
_mayday() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' commands options word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path/$word" in
      ${pathsIn(commands).join('|')}) path="$path/$word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case "$path $prev" in
${valueCases(commands, values)}
  esac
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$cur"))
  else COMPREPLY=($(compgen -W "$commands" -- "$cur")); fi
}
complete -o default -F _mayday mayday
`
}

function writeZsh(commands: readonly Completed[]): string {
  const list = (described: readonly Described[]) =>
    `(${described.map(({ name, text }) => quoted(`${name}:${oneLine(text)}`)).join(' ')})`
  const cases = commands.map(
    (one) => `    ${quoted(one.path)}) commands=${list(one.commands)} options=${list(one.options)} ;;`,
  )
  const values = (choices: readonly string[]) =>
    `${choices.length ? `compadd -- ${choices.map(quoted).join(' ')}` : '_files'}; return`
  return `#compdef mayday
# Completion of mayday in zsh, after compinit: source <(mayday completion zsh)
_mayday() {
  local at='' word
  local -a commands options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at/$word" in
      ${pathsIn(commands).join('|')}) at="$at/$word" ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  case "$at $words[CURRENT-1]" in
${valueCases(commands, values)}
  esac
  if [[ $words[CURRENT] == -* ]]; then _describe option options
  elif (( $#commands )); then _describe command commands
  else _files; fi
}
compdef _mayday mayday
`
}

function writeFish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ path, ...one }) => {
    const here = `complete -c mayday -n ${quoted(`__mayday_is '${path}'`)}`
    const valued = new Map(one.valued.map(({ names, choices }) => [names[0]!, choices]))
    return [
      ...one.commands.map(({ name, text }) => `${here} -f -a ${quoted(name)} -d ${quoted(oneLine(text))}`),
      ...one.options.map(({ name, text }) => {
        const choices = valued.get(name)
        const value = choices ? (choices.length ? ` -x -a ${quoted(choices.join(' '))}` : ' -r') : ''
        const flag = name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`
        return `${here} ${flag}${value} -d ${quoted(oneLine(text))}`
      }),
    ]
  })
  return `# Completion of mayday in fish: mayday completion fish | source
function __mayday_is
  set -l path ''
  for word in (commandline -opc)[2..-1]
    contains -- "$path/$word" ${pathsIn(commands).join(' ')}; and set path "$path/$word"
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`
}
