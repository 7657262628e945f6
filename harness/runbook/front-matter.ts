import { LineCounter, parseDocument, YAMLMap } from 'yaml';
import type { z } from 'zod';
import {
  type FrontMatter,
  frontMatterSchema,
  RUNBOOK_VARIABLES,
  substitutionSchema,
} from '../model/runbook.ts';
import { didYouMean, type Problem } from './problem.ts';

const FENCE = /^---[ \t]*$/;

/**
 * A document in its two parts; `body` keeps its line numbers, the front matter being blank lines.
 */
export interface Parts {
  yaml: string;
  body: string;
}

/** Undefined when the document does not begin with a front matter that ends. */
export function splitFrontMatter(text: string): Parts | undefined {
  const lines = text.split('\n');
  if (!FENCE.test(lines[0]?.trimEnd() ?? '')) return undefined;
  const end = lines.findIndex((line, index) => index > 0 && FENCE.test(line.trimEnd()));
  if (end === -1) return undefined;
  const blank = lines.slice(0, end + 1).map(() => '');
  return {
    yaml: lines.slice(1, end).join('\n'),
    body: [...blank, ...lines.slice(end + 1)].join('\n'),
  };
}

export interface ReadFrontMatter {
  frontMatter: FrontMatter | undefined;
  problems: Problem[];
  /** Where a value or a key stands in the document, by its path. */
  locate(path: readonly PropertyKey[]): { line: number; column: number };
}

/** Reads and validates the YAML between the two `---` of a runbook. */
export function readFrontMatter(yaml: string): ReadFrontMatter {
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    // One line more: the opening `---` is not part of the YAML.
    return { line: line + 1, column: col };
  };
  const locate = (path: readonly PropertyKey[]) => at(offsetOf(document.contents, path));
  const problems = [...document.errors, ...document.warnings].map((error): Problem => {
    const [message = ''] = error.message.split(' at line');
    return { severity: 'error', ...at(error.pos[0]), message };
  });
  if (problems.length > 0) return { frontMatter: undefined, problems, locate };
  const parsed = frontMatterSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const found = parsed.error.issues.flatMap((issue) => problemsOf(issue, locate));
    return { frontMatter: undefined, problems: found, locate };
  }
  return { frontMatter: parsed.data, problems: problemsOfEnv(parsed.data, locate), locate };
}

function offsetOf(contents: unknown, path: readonly PropertyKey[]): number {
  let node: unknown = contents;
  let offset = 0;
  for (const key of path) {
    if (node instanceof YAMLMap) {
      const pair = node.items.find((item) => String(item.key) === String(key));
      if (pair === undefined) return offset;
      offset = rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else if (hasItems(node)) {
      node = node.items[Number(key)];
      offset = rangeStart(node) ?? offset;
    }
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
    ? Number(node.range[0])
    : undefined;
}

function hasItems(node: unknown): node is { items: unknown[] } {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items);
}

function problemsOf(issue: z.core.$ZodIssue, locate: ReadFrontMatter['locate']): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    const place = issue.path.length === 0 ? 'front matter' : issue.path.join('.');
    return issue.keys.map((key) => ({
      severity: 'error',
      ...locate([...issue.path, key]),
      message: `unknown key "${key}" in ${place}${didYouMean(key, known)}`,
    }));
  }
  const path = issue.path.join('.');
  return [{ severity: 'error', ...locate(issue.path), message: `${path}: ${issue.message}` }];
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(frontMatterSchema.shape);
  if (path[0] === 'substitutions') return Object.keys(substitutionSchema.shape);
  if (path[0] === 'needs') return Object.keys(frontMatterSchema.shape.needs.unwrap().shape);
  return [];
}

/** `env` may only point at what a block has: our variables and the runbook's inputs. */
function problemsOfEnv(frontMatter: FrontMatter, locate: ReadFrontMatter['locate']): Problem[] {
  const known = [...RUNBOOK_VARIABLES, ...Object.keys(frontMatter.inputs)];
  return Object.entries(frontMatter.env)
    .filter(([, ours]) => !known.includes(ours))
    .map(([theirs, ours]) => ({
      severity: 'error',
      ...locate(['env', theirs]),
      message: `env.${theirs}: unknown variable "${ours}"${didYouMean(ours, known)}`,
    }));
}
