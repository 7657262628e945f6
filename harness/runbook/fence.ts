import { VARIABLE_NAME } from '../model/runbook.ts';
import { didYouMean, type Problem } from './problem.ts';

/** What follows the language of a block's opening fence. */
export interface Attributes {
  on: string;
  parallel: boolean;
  optional: boolean;
  added: boolean;
  timeoutMs: number;
  id: string | undefined;
  expect: string | undefined;
  output: string | undefined;
}

export const DEFAULT_TIMEOUT_MS = 120_000;
const FLAGS = ['parallel', 'optional', 'added'];
const VALUES = ['on', 'timeout', 'id', 'expect', 'output'];
const KNOWN = [...VALUES, ...FLAGS];
const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

interface Word {
  name: string;
  value: string | undefined;
  column: number;
}

export interface Fence {
  /** Undefined for a block that is prose: it has none of our attributes. */
  attributes: Attributes | undefined;
  problems: Problem[];
  /** Where each attribute stands in its line. */
  columns: ReadonlyMap<string, number>;
}

/**
 * Reads the attributes of a fence.
 * @param info the text behind the language; `column` is where it begins in its line, from 1.
 */
export function readAttributes(info: string, line: number, column: number): Fence {
  const problems: Problem[] = [];
  const err = (at: number, message: string) =>
    problems.push({ severity: 'error', line, column: at, message });
  const words = wordsOf(info, column);
  const columns = new Map(words.map((word) => [word.name, word.column]));
  if (!words.some((word) => KNOWN.includes(word.name)))
    return { attributes: undefined, problems, columns };
  const given = new Map<string, Word>();
  for (const word of words) {
    const problem = problemOf(word, given);
    if (problem !== undefined) err(word.column, problem);
    else given.set(word.name, word);
  }
  const on = given.get('on')?.value;
  if (on === undefined && !words.some((word) => word.name === 'on'))
    err(column, `the block has attributes but no on=, so nobody would run it`);
  const value = (name: string) => given.get(name)?.value;
  const parallel = given.has('parallel');
  const output = given.get('output');
  if (parallel && output !== undefined)
    err(output.column, 'output= with parallel: it would be anybody’s guess whose output is kept');
  if (on === undefined) return { attributes: undefined, problems, columns };
  return {
    attributes: {
      on,
      parallel,
      optional: given.has('optional'),
      added: given.has('added'),
      timeoutMs: durationMs(value('timeout')) ?? DEFAULT_TIMEOUT_MS,
      id: value('id'),
      expect: value('expect'),
      output: output?.value,
    },
    problems,
    columns,
  };
}

/** `name`, `name=value`, `name="some words"`; in quotes \" and \\ stand for themselves. */
function wordsOf(info: string, column: number): Word[] {
  const pattern = /([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|(".*|\S*)))?|"/g;
  return [...info.matchAll(pattern)].map((match) => ({
    name: match[1] ?? match[0],
    value: match[2]?.replace(/\\(["\\])/g, '$1') ?? match[3],
    column: column + match.index,
  }));
}

function problemOf(word: Word, given: ReadonlyMap<string, Word>): string | undefined {
  const { name, value } = word;
  if (!KNOWN.includes(name)) return `unknown attribute "${name}"${didYouMean(name, KNOWN)}`;
  if (given.has(name)) return `attribute "${name}" is given twice`;
  if (FLAGS.includes(name))
    return value === undefined ? undefined : `attribute "${name}" takes no value`;
  if (value === undefined || value === '') return `attribute "${name}" needs a value: ${name}=…`;
  if (value.startsWith('"')) return `attribute "${name}": its quote is not closed`;
  if (name === 'timeout' && durationMs(value) === undefined)
    return `timeout=${value} is no duration; write 500ms, 60s, 5m or 1h`;
  if (name === 'output' && !VARIABLE_NAME.test(value))
    return `output=${value} is not a name that a shell takes for a variable`;
  return undefined;
}

function durationMs(text: string | undefined): number | undefined {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text ?? '');
  const ms = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? 0);
  return ms > 0 ? ms : undefined;
}
