import { VARIABLE_NAME } from '../model/runbook.ts';

/**
 * etcdctl ends at once when a flag and its variable are both given: a flag wins over our variable.
 */
const ETCDCTL_FLAGS: Record<string, string> = {
  endpoints: 'ETCDCTL_ENDPOINTS',
  cacert: 'ETCDCTL_CACERT',
  cert: 'ETCDCTL_CERT',
  key: 'ETCDCTL_KEY',
};

/** A word for any POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A block as part of a person's session on a host: it goes on with the exported variables and the
 * working directory that the block before it left in `stateFile`, and leaves its own there however
 * it ends. Works in bash and dash.
 * What comes first stands on the first line of the block, so that the line numbers in the shell's
 * messages are the block's. What comes last is for blocks that set a trap on EXIT of their own,
 * behind an empty line in case the block ends with a backslash.
 * @param news variables that came about elsewhere since then: outputs of other hosts' blocks.
 */
export function inSession(
  script: string,
  stateFile: string,
  news: Readonly<Record<string, string>>,
): string {
  const state = quoted(stateFile);
  const keep =
    `kubedrill_keep() { kubedrill_exit=$?; ( umask 077; export PWD; ` +
    `export -p >${state}.new && mv ${state}.new ${state} ) 2>/dev/null; return $kubedrill_exit; }`;
  const resume =
    `if [ -f ${state} ]; then . ${state} 2>/dev/null || :; cd "$PWD" || ` +
    `{ echo "the working directory of the block before is gone: $PWD" >&2; exit 1; }; fi`;
  const prelude = [
    keep,
    `trap 'kubedrill_keep; exit $?' EXIT`,
    resume,
    ...Object.entries(news).map(([name, value]) => `export ${name}=${quoted(value)}`),
    ...keepFromEtcdctl(script),
  ];
  return `${prelude.join('; ')}; ${script}\n\nkubedrill_keep\n`;
}

/** Takes the export from variables whose flag the script gives itself; `$NAME` still expands. */
function keepFromEtcdctl(script: string): string[] {
  return Object.entries(ETCDCTL_FLAGS)
    .filter(([flag]) => new RegExp(`--${flag}[=\\s]`).test(script))
    .map(
      ([, name]) =>
        `if [ -n "\${${name}-}" ]; then kubedrill_kept=$${name}; unset ${name}; ` +
        `${name}=$kubedrill_kept; fi`,
    );
}

/** The block with the variables that it uses, ready to paste into a shell on its host. */
export function readyToPaste(script: string, variables: Readonly<Record<string, string>>): string {
  const used = Object.entries(variables).filter(
    ([name]) => VARIABLE_NAME.test(name) && new RegExp(`\\$\\{?[#!]?${name}\\b`).test(script),
  );
  return [...used.map(([name, value]) => `export ${name}=${quoted(value)}`), script].join('\n');
}
