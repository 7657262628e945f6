/**
 * Text from inside a snapshot, safe for a terminal and for the log of a CI job: names in a hostile
 * file may hold line ends and escape sequences.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
