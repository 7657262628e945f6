/** What a shell script does with variables, as far as reading it tells. */
export interface ShellVariables {
  /** Every `$NAME` and `${NAME…}` that the shell would expand; `offset` into the script. */
  uses: { name: string; offset: number; hasDefault: boolean }[];
  assigned: Set<string>;
  exported: Set<string>;
  /** It reads another file or builds names: then nobody can say what it defines. */
  opaque: boolean;
}

/**
 * Reads a script without running it: quotes, comments, command substitutions and here-documents are
 * understood, the rest of the grammar is not. It errs towards "defined".
 */
export function variablesOf(script: string): ShellVariables {
  const { uses, code } = expansionsOf(script);
  const assigned = new Set<string>();
  const exported = new Set<string>();
  for (const [, name = ''] of code.matchAll(/(?:^|[\s;&|({`])([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=/g))
    assigned.add(name);
  for (const [, , name = ''] of code.matchAll(/\b(for|select|getopts\s+\S+)\s+([A-Za-z_]\w*)/g))
    assigned.add(name);
  for (const [, words = ''] of code.matchAll(
    /\b(?:read|mapfile|readarray|printf\s+-v)\b([^;|&\n]*)/g,
  ))
    for (const name of namesIn(words)) assigned.add(name);
  for (const [, words = ''] of code.matchAll(/\b(?:local|declare|typeset|readonly)\b([^;|&\n]*)/g))
    for (const name of namesIn(words)) assigned.add(name);
  for (const [, words = ''] of code.matchAll(/\bexport\b([^;|&\n]*)/g))
    for (const name of namesIn(words)) exported.add(name);
  for (const name of script.matchAll(/\$\{([A-Za-z_]\w*):?=/g)) assigned.add(name[1] ?? '');
  for (const name of exported) assigned.add(name);
  if (/\bset\s+(-\w*a|-o\s+allexport)/.test(code)) for (const name of assigned) exported.add(name);
  const opaque = /(^|[\s;&|({])(source|\.|eval)\s|\bexport\s+["']?[\w]*\$/m.test(code);
  return { uses, assigned, exported, opaque };
}

function namesIn(words: string): string[] {
  return words
    .split(/\s+/)
    .map((word) => word.replace(/^"|"$/g, '').split('=')[0] ?? '')
    .filter((word) => /^[A-Za-z_]\w*$/.test(word));
}

type Context = '"' | '(' | '`';

/** Walks the script once; `code` is the script with comments, '…' and here-documents blanked. */
function expansionsOf(script: string): { uses: ShellVariables['uses']; code: string } {
  const uses: ShellVariables['uses'] = [];
  const code = script.split('');
  const contexts: Context[] = [];
  const documents: HereDocument[] = [];
  const blank = (from: number, to: number) => {
    for (let index = from; index < to; index++) if (code[index] !== '\n') code[index] = ' ';
  };
  let at = 0;
  while (at < script.length) {
    const rest = script.slice(at);
    const quoted = contexts.at(-1) === '"';
    const char = rest[0] ?? '';
    const skip = !quoted && (literalAt(rest) ?? commentAt(rest, script[at - 1]));
    const here = quoted || contexts.length > 0 ? undefined : hereDocumentAt(rest, script[at - 1]);
    const use = useAt(rest);
    if (char === '\\') at += 2;
    else if (skip) {
      blank(at, at + skip);
      at += skip;
    } else if (here !== undefined) {
      documents.push(here);
      at += here.length;
    } else if (char === '\n' && documents.length > 0) {
      const end = endOfDocuments(script, at + 1, documents.splice(0), uses);
      blank(at + 1, end);
      at = end;
    } else if (use !== undefined) {
      uses.push({ name: use.name, offset: at, hasDefault: use.hasDefault });
      at += use.length;
    } else {
      at += rest.startsWith('$(') ? 2 : 1;
      turn(contexts, rest);
    }
  }
  return { uses, code: code.join('') };
}

/** Opens and closes quotes and command substitutions. */
function turn(contexts: Context[], rest: string): void {
  const inside = contexts.at(-1);
  const char = rest[0];
  if (rest.startsWith('$(')) contexts.push('(');
  else if (char === '"' || char === '`') {
    if (inside === char) contexts.pop();
    else contexts.push(char);
  } else if (char === '(' && inside === '(') contexts.push('(');
  else if (char === ')' && inside === '(') contexts.pop();
}

function literalAt(rest: string): number | undefined {
  return /^(?:'[^']*'|\$'(?:[^'\\]|\\.)*')/s.exec(rest)?.[0].length;
}

function commentAt(rest: string, before: string | undefined): number | undefined {
  if (rest[0] !== '#' || (before !== undefined && !/[\s;&|(]/.test(before))) return undefined;
  return /^#[^\n]*/.exec(rest)?.[0].length;
}

function useAt(rest: string): { name: string; length: number; hasDefault: boolean } | undefined {
  const match = /^\$(?:([A-Za-z_]\w*)|\{[#!]?([A-Za-z_]\w*)(:?[-+=?])?)/.exec(rest);
  const name = match?.[1] ?? match?.[2];
  return match === null || name === undefined
    ? undefined
    : { name, length: match[0].length, hasDefault: match[3] !== undefined };
}

interface HereDocument {
  length: number;
  end: string;
  expands: boolean;
}

function hereDocumentAt(rest: string, before: string | undefined): HereDocument | undefined {
  const match = /^<<-?\s*(?:(['"])(.+?)\1|\\?([\w.-]+))/.exec(rest);
  if (match === null || rest.startsWith('<<<') || before === '<') return undefined;
  const end = match[2] ?? match[3] ?? '';
  return {
    length: match[0].length,
    end,
    expands: match[1] === undefined && !match[0].includes('\\'),
  };
}

/** Where the script goes on behind the bodies of here-documents that begin at `from`. */
function endOfDocuments(
  script: string,
  from: number,
  documents: readonly HereDocument[],
  uses: ShellVariables['uses'],
): number {
  let at = from;
  for (const document of documents) {
    while (at < script.length) {
      const newline = script.indexOf('\n', at);
      const lineEnd = newline === -1 ? script.length : newline;
      const line = script.slice(at, lineEnd);
      if (document.expands) addUses(line, at, uses);
      at = lineEnd + 1;
      if (line.trim() === document.end) break;
    }
  }
  return Math.min(at, script.length);
}

function addUses(line: string, offset: number, uses: ShellVariables['uses']): void {
  for (let index = 0; index < line.length; index++) {
    const use = line[index] === '\\' ? undefined : useAt(line.slice(index));
    if (line[index] === '\\') index++;
    else if (use !== undefined)
      uses.push({ name: use.name, offset: offset + index, hasDefault: use.hasDefault });
  }
}
