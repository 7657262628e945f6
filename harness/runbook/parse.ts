import { createHash } from 'node:crypto';
import type { Code, Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { type Block, type FrontMatter, ROLES, type Runbook, type Step } from '../model/runbook.ts';
import { readAttributes } from './fence.ts';
import { readFrontMatter, splitFrontMatter } from './front-matter.ts';
import { didYouMean, nearest, type Problem } from './problem.ts';
import { isRole } from './roles.ts';
import { problemsOfVariables } from './variable-flow.ts';

export interface Parsed {
  /** Undefined when `problems` has an error. */
  runbook: Runbook | undefined;
  /** In the order of the document. */
  problems: Problem[];
}

/**
 * Reads a runbook and finds everything that is wrong with it, not only the first thing.
 * @param name what reports call it: `restore-all-members`, `as-written/etcd-members`.
 */
export function parseRunbook(name: string, file: string, text: string): Parsed {
  const normalized = text.replace(/^\uFEFF/, '').replace(/\r\n/g, '\n');
  const parts = splitFrontMatter(normalized);
  if (parts === undefined) {
    const message = 'a runbook begins with a front matter between two lines of ---';
    return {
      runbook: undefined,
      problems: [{ severity: 'error', line: 1, column: 1, message }],
    };
  }
  const front = readFrontMatter(parts.yaml);
  const body = new BodyReader(parts.body);
  const problems = [...front.problems, ...body.problems];
  if (front.frontMatter !== undefined) {
    problems.push(...substitute(body.steps, front.frontMatter, front.locate));
    problems.push(...problemsOfRoles(body.steps, body));
    problems.push(
      ...problemsOfVariables(body.steps, front.frontMatter, (line) => body.columnOf(line)),
    );
  }
  problems.sort((one, other) => one.line - other.line || one.column - other.column);
  const invalid = problems.some((problem) => problem.severity === 'error');
  if (front.frontMatter === undefined || invalid) return { runbook: undefined, problems };
  const sha256 = createHash('sha256').update(text).digest('hex');
  const { steps } = body;
  return { runbook: { name, file, sha256, frontMatter: front.frontMatter, steps }, problems };
}

/** Walks headings and fences of the body in their order. */
class BodyReader {
  readonly steps: Step[] = [];
  readonly problems: Problem[] = [];
  readonly #lines: string[];
  readonly #columns = new Map<number, number>();
  readonly #ids = new Map<string, number>();
  #heading: { title: string; line: number; step: Step | undefined } | undefined;

  constructor(body: string) {
    this.#lines = body.split('\n');
    this.#walk(fromMarkdown(body));
    if (this.steps.length === 0 && this.problems.length === 0)
      this.#err(1, 1, 'no block says on=, so there is nothing to run');
  }

  /** Where the script begins in its line (in a list it is indented); for a fence, its role. */
  columnOf(line: number): number {
    return this.#columns.get(line) ?? 1;
  }

  #err(line: number, column: number, message: string): void {
    this.problems.push({ severity: 'error', line, column, message });
  }

  #walk(node: Nodes): void {
    if (node.type === 'heading')
      this.#heading = { title: textOf(node), line: startOf(node).line, step: undefined };
    else if (node.type === 'code') this.#readBlock(node);
    else if ('children' in node) for (const child of node.children) this.#walk(child);
  }

  #readBlock(node: Code): void {
    const { line, column } = startOf(node);
    const opening = /^(`{3,}|~{3,})([ \t]*)(\S*)([ \t]*)(.*)$/.exec(
      (this.#lines[line - 1] ?? '').slice(column - 1),
    );
    if (opening === null) return;
    const [, fence = '', gap = '', language = '', space = '', info = ''] = opening;
    if (!this.#isClosed(node, fence)) {
      this.#err(line, column, `this block is never closed: put ${fence} on a line of its own`);
      return;
    }
    const infoColumn = column + fence.length + gap.length + language.length + space.length;
    const { attributes, problems, columns } = readAttributes(info, line, infoColumn);
    if (language !== 'sh') {
      if (attributes !== undefined)
        this.#err(line, column, `a block with on= begins with ${fence}sh, not ${fence}${language}`);
      return;
    }
    this.problems.push(...problems);
    if (attributes === undefined) return;
    if (node.value.trim() === '') this.#err(line, column, 'the block is empty');
    const script = node.value;
    this.#rememberColumns(line, script);
    this.#columns.set(line, (columns.get('on') ?? column) + 'on='.length);
    if (attributes.id !== undefined) this.#claim(attributes.id, line, columns.get('id') ?? column);
    this.#add({ ...attributes, line, script }, column);
  }

  #isClosed(node: Code, fence: string): boolean {
    const end = node.position?.end.line ?? 0;
    const last = (this.#lines[end - 1] ?? '').trim().replace(/^(>\s*)+/, '');
    const closes = last.length >= fence.length && [...last].every((char) => char === fence[0]);
    return end > startOf(node).line && closes;
  }

  #rememberColumns(fenceLine: number, script: string): void {
    for (const [index, text] of script.split('\n').entries()) {
      const line = fenceLine + 1 + index;
      this.#columns.set(line, Math.max(0, (this.#lines[line - 1] ?? '').indexOf(text)) + 1);
    }
  }

  #claim(id: string, line: number, column: number): void {
    const first = this.#ids.get(id);
    if (first === undefined) this.#ids.set(id, line);
    else this.#err(line, column, `id=${id} is already that of the block at line ${first}`);
  }

  #add(block: Block, column: number): void {
    if (this.#heading === undefined) {
      this.#err(block.line, column, 'the block has no heading above it that says what it does');
      return;
    }
    if (this.#heading.step === undefined) {
      const { title, line } = this.#heading;
      const number = this.steps.length + 1;
      this.#heading.step = { number, title: withoutNumber(title, number), line, blocks: [] };
      this.steps.push(this.#heading.step);
    }
    this.#heading.step.blocks.push(block);
  }
}

function startOf(node: Nodes): { line: number; column: number } {
  return node.position?.start ?? { line: 1, column: 1 };
}

function textOf(node: Nodes): string {
  if ('value' in node) return node.value;
  return 'children' in node ? node.children.map(textOf).join('') : '';
}

/** A heading `3. Stop etcd` that is step 3 is named `Stop etcd`; another number stays. */
function withoutNumber(title: string, number: number): string {
  const counted = /^(\d+)[.)]\s+(.+)$/.exec(title);
  return Number(counted?.[1]) === number ? (counted?.[2] ?? title) : title;
}

/** Makes the listed substitutions in every block of the guide's own; each must be needed. */
function substitute(
  steps: readonly Step[],
  { substitutions }: FrontMatter,
  locate: (path: readonly PropertyKey[]) => { line: number; column: number },
): Problem[] {
  const blocks = steps.flatMap((step) => step.blocks).filter((block) => !block.added);
  return substitutions.flatMap(({ from, to }, index) => {
    let found = false;
    for (const block of blocks) {
      found ||= block.script.includes(from);
      block.script = block.script.replaceAll(from, () => to);
    }
    const message = `no block contains "${from}", so this substitution does nothing`;
    return found
      ? []
      : [{ severity: 'error', ...locate(['substitutions', index, 'from']), message }];
  });
}

function problemsOfRoles(steps: readonly Step[], body: BodyReader): Problem[] {
  return steps
    .flatMap((step) => step.blocks)
    .flatMap((block): Problem[] => {
      const at = { line: block.line, column: body.columnOf(block.line) };
      const problem = isRole(block.on) ? undefined : problemOfHost(block.on);
      return problem === undefined ? [] : [{ ...at, ...problem }];
    });
}

/**
 * A host's name cannot be known here; what is nearly a role, or looks like no host, is a mistake.
 */
function problemOfHost(on: string): Pick<Problem, 'severity' | 'message'> | undefined {
  const numbered = /^[a-z0-9-]*\d$/.test(on);
  if (numbered) return undefined;
  const isHostName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(on);
  if (!isHostName || nearest(on, ROLES) !== undefined)
    return { severity: 'error', message: `unknown role "${on}"${didYouMean(on, ROLES)}` };
  return {
    severity: 'warning',
    message:
      `"${on}" is no role; it runs only where a host has this name ` +
      `(roles: ${ROLES.join(', ')})`,
  };
}
