const SIGNS: readonly [number, string, string][] = [
  [0, '1f8b', 'gzip-compressed data'],
  [0, '28b52ffd', 'zstd-compressed data'],
  [0, '504b0304', 'a zip archive'],
  [0, 'fd377a585a00', 'xz-compressed data'],
  [0, '425a68', 'bzip2-compressed data'],
  [0, '7f454c46', 'a program'],
  [0, '53616c7465645f5f', 'data encrypted by openssl'],
  [0, '6167652d656e6372797074696f6e2e6f7267', 'data encrypted by age'],
  [257, '7573746172', 'a tar archive'],
];

/** What a file that is no database looks like, for the message; null when there is no sign. */
export function looksLike(head: Buffer): string | null {
  for (const [position, sign, name] of SIGNS) {
    const expected = Buffer.from(sign, 'hex');
    if (head.subarray(position, position + expected.length).equals(expected)) return name;
  }
  if (head.length > 0 && head.every((byte) => byte === 0)) return 'zeros';
  const text = head.toString('utf8');
  if (/^\s*(<!doctype|<html|<\?xml)/i.test(text)) return 'a web page or XML';
  if (/^\s*[{[]/.test(text)) return 'JSON';
  return /^[\t\n\r\x20-\x7e]+$/.test(head.toString('latin1')) ? 'text' : null;
}
