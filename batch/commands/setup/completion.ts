// `mayday completion`: the script that completes command lines in a shell.
import { Argument, type Command } from 'commander'
import { completionScript, type Shell, shells } from '../../cli/completion.ts'

export function build(command: Command): void {
  command
    .addArgument(new Argument('<shell>', 'the shell that reads the script').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  source <(mayday completion bash)        # in ~/.bashrc
  source <(mayday completion zsh)         # in ~/.zshrc, after compinit
  mayday completion fish | source         # in ~/.config/fish/config.fish`,
    )
    .action((shell: Shell) => void process.stdout.write(completionScript(shell, command.parent!)))
}
