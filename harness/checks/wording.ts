/** `etcd-1`, `etcd-1 and etcd-2`, `etcd-1, etcd-2 and etcd-3`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? 'nothing';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

const WORDS_MAX = 5;

/** `listed`, cut to the first few: `a, b, c, d, e and 12 more`. */
export function listedFirst(words: readonly string[]): string {
  const rest = words.length - WORDS_MAX;
  return rest > 0 ? listed([...words.slice(0, WORDS_MAX), `${rest} more`]) : listed(words);
}

/** `1 object`, `3 objects`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `850 ms`, `12.4 s`, `3 min 20 s`, `2 min`, `26 h 4 min`. */
export function lasted(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) {
    const rest = seconds % 60;
    return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
  }
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
