import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { didYouMean, type Problem } from '../runbook/problem.ts';

export type Path = readonly PropertyKey[];

export interface YamlReading<T> {
  /** Undefined when there are problems. */
  value: T | undefined;
  problems: Problem[];
  /** An error at the key or value that `path` leads to. */
  problemAt(path: Path, message: string): Problem;
  /** What another schema has against a part of the value, which stands at `path`. */
  problemsOf(schema: z.ZodType, part: unknown, path: Path): Problem[];
}

/** Reads YAML by a schema; every problem comes with its line and column. */
export function readYaml<T>(text: string, schema: z.ZodType<T>): YamlReading<T> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const problem = (offset: number, message: string): Problem => {
    const { line, col } = lineCounter.linePos(offset);
    return { severity: 'error', line, column: col, message };
  };
  const problemAt = (path: Path, message: string) =>
    problem(offsetOf(document.contents, path), message);
  const problemsOf = (part: z.ZodType, value: unknown, at: Path) =>
    issuesOf(part, value).map(({ path, message }) => problemAt([...at, ...path], message));
  const broken = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    problem(pos[0], message.split(' at line')[0] ?? message),
  );
  const content: unknown = broken.length > 0 ? undefined : (document.toJS() ?? {});
  const problems = broken.length > 0 ? broken : problemsOf(schema, content, []);
  const value = problems.length > 0 ? undefined : schema.parse(content);
  return { value, problems, problemAt, problemsOf };
}

interface Issue {
  path: Path;
  message: string;
}

function issuesOf(schema: z.ZodType, value: unknown): Issue[] {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return [];
  const known = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return parsed.error.issues.flatMap((issue) => describeIssue(issue, known));
}

/** Where the key that a path ends with stands; of a key that is missing, where its parent stands. */
function offsetOf(contents: unknown, path: Path): number {
  let node = contents;
  let offset = 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key: name }) => isScalar(name) && name.value === key);
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.core.JSONSchema.BaseSchema): Issue[] {
  const where = issue.path.length === 0 ? 'here' : issue.path.join('.');
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = Object.keys(schemaAt(schema, issue.path)?.properties ?? {});
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        message: `unknown key "${[...issue.path, key].join('.')}"${didYouMean(key, known)}`,
      }));
    }
    case 'invalid_value':
      return [
        { path: issue.path, message: notOneOf(where, issue.input, issue.values.map(String)) },
      ];
    case 'invalid_union': {
      const choices = wordsOf(schemaAt(schema, issue.path));
      const message =
        typeof issue.input === 'object' || choices.length === 0
          ? `${where}: ${issue.errors.flat().at(-1)?.message ?? issue.message}`
          : notOneOf(where, issue.input, choices);
      return [{ path: issue.path, message }];
    }
    default:
      return [
        {
          path: issue.path,
          message: issue.input === undefined ? `${where} is missing` : `${where}: ${issue.message}`,
        },
      ];
  }
}

function notOneOf(where: string, input: unknown, choices: readonly string[]): string {
  if (input === undefined) return `${where} is missing; it is one of ${choices.join(', ')}`;
  const shown = JSON.stringify(input);
  return `${where}: ${shown} is not one of ${choices.join(', ')}${typeof input === 'string' ? didYouMean(input, choices) : ''}`;
}

/** The schema of what `path` leads to. */
function schemaAt(
  schema: z.core.JSONSchema.BaseSchema,
  path: Path,
): z.core.JSONSchema.BaseSchema | undefined {
  let here: z.core.JSONSchema._JSONSchema | undefined = schema;
  for (const key of path) {
    if (here === undefined || typeof here === 'boolean') return undefined;
    const next: unknown = typeof key === 'number' ? here.items : here.properties?.[String(key)];
    here = isSchema(next) ? next : undefined;
  }
  return typeof here === 'boolean' ? undefined : here;
}

function isSchema(value: unknown): value is z.core.JSONSchema.BaseSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fixed values that a union allows. */
function wordsOf(schema: z.core.JSONSchema.BaseSchema | undefined): string[] {
  return (schema?.anyOf ?? []).flatMap((option) => [
    ...(option.enum ?? []).map(String),
    ...(option.const === undefined ? [] : [String(option.const)]),
  ]);
}
