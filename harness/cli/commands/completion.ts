import { type Command as AnyCommand, Argument, Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What can follow on a command line. */
interface Completable {
  name: string;
  summary: string;
  /** Names that it takes as arguments. */
  words: string[];
  options: { flag: string; summary: string; takesValue: boolean; values: readonly string[] }[];
}

/** `source <(kubedrill completion bash)`. */
export function completionCommand(): Command {
  return new Command('completion')
    .description(
      'Prints a completion script. It knows the scenarios of this version: make it anew after an update.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'before',
      `Examples:
  source <(kubedrill completion bash)                                       in ~/.bashrc
  kubedrill completion zsh > "\${fpath[1]}/_kubedrill"
  kubedrill completion fish > ~/.config/fish/completions/kubedrill.fish
`,
    )
    .action(async (shell: Shell) => {
      process.stdout.write(await completionScript(shell));
    });
}

/** The script that teaches a shell our commands, options and scenarios. */
export async function completionScript(shell: Shell): Promise<string> {
  return SCRIPTS[shell](await completables());
}

/** Everything that can be completed, from the commands themselves. */
async function completables(): Promise<Completable[]> {
  const { wholeProgram } = await import('../program.ts');
  const { shippedRunbooks } = await import('../../runbook/library.ts');
  const { shippedScenarios } = await import('../../runner/scenario-file.ts');
  const scenarios = (await shippedScenarios()).map(({ scenario }) => scenario.name);
  const runbooks = shippedRunbooks();
  return (await wholeProgram()).commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    words: [
      ...command.commands.map((child) => child.name()),
      ...(['run', 'list'].includes(command.name()) ? scenarios : []),
      ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    ],
    options: [command, ...command.commands].flatMap((each) => optionsOf(each, runbooks)),
  }));
}

function optionsOf(command: AnyCommand, runbooks: readonly string[]): Completable['options'] {
  return command.options.map((option) => ({
    flag: option.long ?? option.flags,
    summary: option.description,
    takesValue: option.required,
    values: option.long === '--runbook' ? runbooks : (option.argChoices ?? []),
  }));
}

const SCRIPTS: Record<Shell, (commands: readonly Completable[]) => string> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(commands: readonly Completable[]): string {
  return `_kubedrill() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= choices= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || { command=$word; break; }
  done
${caseOfChoices(commands)}
  COMPREPLY=($(compgen -W "$choices" -- "$current"))
}
complete -o default -F _kubedrill kubedrill
`;
}

function zshScript(commands: readonly Completable[]): string {
  return `#compdef kubedrill
_kubedrill() {
  local previous=$words[CURRENT-1] command= choices= word
  for word in \${words[2,CURRENT-1]}; do
    [[ $word == -* ]] || { command=$word; break; }
  done
${caseOfChoices(commands)}
  [[ -n $choices ]] && compadd -- \${=choices}
  _files
}
compdef _kubedrill kubedrill
`;
}

/** Sets \`choices\` from \`command\` and \`previous\`; the same in bash and zsh. */
function caseOfChoices(commands: readonly Completable[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flag, values }) => `    "${name} ${flag}") choices='${values.join(' ')}' ;;`),
  );
  const words = commands.map(
    ({ name, words, options }) =>
      `    "${name} "*) choices='${[...words, ...options.map(({ flag }) => flag), '--help'].join(' ')}' ;;`,
  );
  const names = commands.map(({ name }) => name).join(' ');
  return [
    '  case "$command $previous" in',
    ...new Set(values),
    ...words,
    `    *) choices='${names} help --help --version' ;;`,
    '  esac',
  ].join('\n');
}

function fishScript(commands: readonly Completable[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, summary, words, options }) => [
    `complete -c kubedrill -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ...(words.length === 0
      ? []
      : [
          `complete -c kubedrill -n '__fish_seen_subcommand_from ${name}' -a ${quoted(words.join(' '))}`,
        ]),
    ...options.map(({ flag, summary, takesValue, values }) => {
      const value =
        values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : '';
      return `complete -c kubedrill -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}${value} -d ${quoted(summary)}`;
    }),
  ]);
  return `${[...new Set(lines)].join('\n')}\n`;
}
