import { describeObject, type ObjectRef } from '../../model/finding.ts';

const NAMED_MAX = 3;

/** `a, b and c`; more than three become `a, b, c and 7 more`. */
export function enumerate(words: readonly string[]): string {
  if (words.length > NAMED_MAX)
    return `${words.slice(0, NAMED_MAX).join(', ')} and ${words.length - NAMED_MAX} more`;
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

export function enumerateObjects(objects: readonly ObjectRef[]): string {
  return enumerate(objects.map(describeObject));
}

/** A name for a command that is there to be pasted: a hostile file has hostile names. */
export function shellWord(name: string): string {
  return /^[\w.:/-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

/** `1 pod`, `3 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Where a finding about several objects was seen. */
export function placeOf(objects: readonly ObjectRef[]): string {
  const [first] = objects;
  if (first === undefined) return 'the store';
  return objects.length === 1 ? describeObject(first) : `${describeObject(first)} and others`;
}
