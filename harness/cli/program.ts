import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Help, type Option } from 'commander';
import { packageRoot } from '../support/package-root.ts';
import { COMMANDS } from './commands/index.ts';

const EXAMPLES = `Examples:
  kubedrill run quorum-loss                             lose a quorum, restore it by the runbook, see the evidence
  kubedrill run quorum-loss --runbook docs/restore.md   does our own procedure work?
  kubedrill run quorum-loss --snapshot backup.db        does it work with our own backup?
  kubedrill list                                        every scenario with its target
  kubedrill doctor                                      what this machine can run, and what is missing
`;

const EXIT_CODES = `
Exit codes:
  0    passed, reproduced; a trusted snapshot
  1    a drill failed; a rejected snapshot; a difference; findings of diagnose
  2    usage, invalid scenario or runbook, unreadable input
  3    something of the machine is missing: a tool, a port, disk space, a daemon
  4    nothing was proven: invalid, ineffective or inconclusive; a suspect snapshot; not all could be seen
  5    an error of kubedrill itself
  130  Ctrl-C (143: SIGTERM)
Results go to standard output, progress to standard error.`;

/** The program in which the command that `argv` names is whole; the others are names for the help only. */
export async function programFor(argv: readonly string[]): Promise<Command> {
  const words = argv.filter((arg) => !arg.startsWith('-'));
  const wanted = words[0] === 'help' ? words[1] : words[0];
  const program = emptyProgram();
  for (const { name, summary, group, load } of COMMANDS) {
    const command = name === wanted ? await load() : new Command(name);
    adopt(program, command);
    command.summary(summary);
    if (group !== undefined) command.helpGroup(group);
    program.addCommand(command, { hidden: group === undefined });
  }
  return program;
}

/** Every command for people, whole; for `completion`, which lists their options. */
export async function wholeProgram(): Promise<Command> {
  const program = emptyProgram();
  for (const { summary, group, load } of COMMANDS)
    if (group !== undefined) program.addCommand((await load()).summary(summary));
  return program;
}

function emptyProgram(): Command {
  return new Command('kubedrill')
    .description(
      'Rehearses disasters on throw-away etcd and Kubernetes clusters and proves what came back',
    )
    .usage('COMMAND [options]')
    .version(versionOfPackage(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--no-color', 'no colours and no live progress (also: NO_COLOR=1)')
    .configureHelp({ showGlobalOptions: true, optionDescription: withoutEmptyDefault })
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('next: kubedrill --help')
    .exitOverride();
}

/** That a repeatable option is not given by default is no news. */
function withoutEmptyDefault(option: Option): string {
  const isEmpty = Array.isArray(option.defaultValue) && option.defaultValue.length === 0;
  return isEmpty ? option.description : new Help().optionDescription(option);
}

/** Commander hands its settings down only to commands that it makes itself. */
function adopt(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent);
  const path =
    parent.name() === 'kubedrill' ? command.name() : `${parent.name()} ${command.name()}`;
  command.showHelpAfterError(`next: kubedrill ${path} --help`);
  for (const child of command.commands) adopt(command, child);
}

function versionOfPackage(): string {
  return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;
}
