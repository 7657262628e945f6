/** What must never reach a journal, a report or a terminal. */
const SECRETS: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, '[private key]'],
  [/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g, '[token]'],
  [
    // Not `token=$NAME`, which says nothing, nor etcd's cluster token, which is no secret.
    /(client-key-data|certificate-key|(?<!cluster[-_])token|password)(["']?\s*[:=]\s*["']?)(?!\$)[^\s"',]{6,}/gi,
    '$1$2[redacted]',
  ],
];

export function redact(text: string): string {
  return SECRETS.reduce((kept, [pattern, replacement]) => kept.replace(pattern, replacement), text);
}
