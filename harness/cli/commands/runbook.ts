import { Command } from 'commander';
import { EXIT } from '../../model/verdict.ts';

/** `kubedrill runbook check FILE…`. */
export function runbookCommand(): Command {
  return new Command('runbook')
    .description('Works on runbooks: Markdown procedures that kubedrill can execute.')
    .addCommand(checkCommand());
}

function checkCommand(): Command {
  return new Command('check')
    .description('Reads runbooks and says every mistake with its line; runs nothing.')
    .argument('<file...>', 'Markdown files, or names of shipped runbooks')
    .option('--json', 'one JSON document on standard output')
    .action(async (files: string[], options: { json?: true }) => {
      const { checkRunbook } = await import('../../runbook/library.ts');
      const checked = files.map((file) => checkRunbook(file, process.cwd()));
      process.stdout.write(options.json ? asJson(checked) : await asText(checked));
      if (checked.some(({ runbook }) => runbook === undefined)) process.exitCode = EXIT.usage;
    });
}

type Checked = ReturnType<typeof import('../../runbook/library.ts').checkRunbook>;

function asJson(checked: readonly Checked[]): string {
  const runbooks = checked.map(({ name, file, runbook, problems }) => ({
    name,
    file,
    valid: runbook !== undefined,
    sha256: runbook?.sha256 ?? null,
    steps: runbook?.steps.map(({ number, title, blocks }) => ({
      number,
      title,
      on: [...new Set(blocks.map((block) => block.on))],
    })),
    problems,
  }));
  return `${JSON.stringify({ schemaVersion: 1, runbooks }, null, 2)}\n`;
}

async function asText(checked: readonly Checked[]): Promise<string> {
  const { describeProblem } = await import('../../runbook/problem.ts');
  return checked
    .flatMap(({ file, runbook, problems }) => {
      const errors = problems.filter((each) => each.severity === 'error');
      return [
        ...problems.map((problem) => describeProblem(file, problem)),
        runbook === undefined
          ? `${file}: invalid, ${count(errors.length, 'error')}`
          : `${file}: ok, ${count(runbook.steps.length, 'step')}`,
      ];
    })
    .map((line) => `${line}\n`)
    .join('');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
