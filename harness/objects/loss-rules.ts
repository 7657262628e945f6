import { parse } from 'yaml';
import { z } from 'zod';
import type { ObjectRef } from '../model/finding.ts';
import { usageError } from '../support/errors.ts';

/** Each member that is given must fit; `*` stands for any text. */
const lossRuleSchema = z.strictObject({
  group: z.string().default('*'),
  resource: z.string().default('*'),
  namespace: z.string().optional(),
  name: z.string().default('*'),
  /** For whoever reads the file next year. */
  why: z.string().min(1),
});

/** Objects that may be missing from a backup although its baseline has them. */
const lossRulesSchema = z.strictObject({ allow: z.array(lossRuleSchema) });
export type LossRule = z.infer<typeof lossRuleSchema>;

/** @throws DrillError (usage) when the text is no list of rules. */
export function parseLossRules(text: string, where: string): LossRule[] {
  const attempted = `read the allowed losses ${where}`;
  const hint = 'as in: allow: [{resource: jobs, namespace: ci, why: "removed by their TTL"}]';
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    throw usageError(attempted, 'it is neither YAML nor JSON', hint);
  }
  const parsed = lossRulesSchema.safeParse(content);
  if (parsed.success) return parsed.data.allow;
  throw usageError(attempted, z.prettifyError(parsed.error), hint);
}

/** A rule with a namespace never fits a cluster-scoped object. */
export function isLossAllowed(rules: readonly LossRule[], ref: ObjectRef): boolean {
  return rules.some(
    (rule) =>
      fits(rule.group, ref.group) &&
      fits(rule.resource, ref.resource) &&
      fits(rule.name, ref.name) &&
      (rule.namespace === undefined ||
        (ref.namespace !== null && fits(rule.namespace, ref.namespace))),
  );
}

/** Without a regular expression: the patterns come from a file, and must not be able to stall. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return pattern === text;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  if (text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > text.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
