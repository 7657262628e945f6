import { type FrontMatter, RUNBOOK_VARIABLES, type Step } from '../model/runbook.ts';
import { didYouMean, nearest, type Problem } from './problem.ts';
import { mayShareHost } from './roles.ts';
import { variablesOf } from './shell-variables.ts';

/** What a login shell or the shell itself defines. */
const SHELL_VARIABLES = (
  'HOME PATH PWD OLDPWD USER LOGNAME SHELL HOSTNAME TMPDIR LANG LC_ALL TERM UID EUID PPID RANDOM ' +
  'SECONDS LINENO IFS OPTARG OPTIND REPLY EPOCHSECONDS BASHPID BASH_VERSION FUNCNAME PIPESTATUS ' +
  'MAPFILE'
).split(' ');

const TYPING_ERROR_LETTERS = 2;

interface Left {
  on: string;
  line: number;
  assigned: ReadonlySet<string>;
  exported: ReadonlySet<string>;
  opaque: boolean;
}

/**
 * Finds variables that nothing defines: neither we, nor the front matter, nor an earlier block on
 * the same host.
 * An error where the shell would stop at it (`-u`), else a warning. Where a file that is sourced
 * may define it,
 * only what looks like a typing error of a known name is a warning.
 */
export function problemsOfVariables(
  steps: readonly Step[],
  frontMatter: FrontMatter,
  columnOf: (line: number) => number,
): Problem[] {
  const everywhere = new Set([
    ...RUNBOOK_VARIABLES,
    ...SHELL_VARIABLES,
    ...Object.keys(frontMatter.inputs),
    ...Object.keys(frontMatter.env),
  ]);
  const stopsAtUnset = /\s-\w*u|nounset/.test(frontMatter.shell);
  const problems: Problem[] = [];
  const earlier: Left[] = [];
  for (const block of steps.flatMap((step) => step.blocks)) {
    const script = variablesOf(block.script);
    const before = earlier.filter((left) => mayShareHost(left.on, block.on));
    const opaque = script.opaque || before.some((left) => left.opaque);
    const reported = new Set<string>();
    for (const use of script.uses) {
      const known =
        everywhere.has(use.name) ||
        script.assigned.has(use.name) ||
        before.some((left) => left.exported.has(use.name));
      if (known || use.hasDefault || reported.has(use.name)) continue;
      if (opaque && nearest(use.name, [...everywhere], TYPING_ERROR_LETTERS) === undefined)
        continue;
      reported.add(use.name);
      const linesBefore = block.script.slice(0, use.offset).split('\n');
      const line = block.line + linesBefore.length;
      const reason = reasonOf(use.name, before, earlier, everywhere);
      problems.push({
        severity: stopsAtUnset && !opaque ? 'error' : 'warning',
        line,
        column: columnOf(line) + (linesBefore.at(-1)?.length ?? 0),
        message: `$${use.name} is defined nowhere${reason}`,
      });
    }
    if (block.output !== undefined) everywhere.add(block.output);
    earlier.push({ ...script, on: block.on, line: block.line });
  }
  return problems;
}

function reasonOf(
  name: string,
  before: readonly Left[],
  earlier: readonly Left[],
  known: ReadonlySet<string>,
): string {
  const unexported = before.find((left) => left.assigned.has(name));
  if (unexported !== undefined)
    return `: the block at line ${unexported.line} sets it without export, so it ends there`;
  const elsewhere = earlier.find((left) => left.exported.has(name));
  if (elsewhere !== undefined)
    return `: line ${elsewhere.line} exports it on ${elsewhere.on}, not on this host`;
  return didYouMean(
    name,
    [...known].filter((each) => !SHELL_VARIABLES.includes(each)),
  );
}
