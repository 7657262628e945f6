import type { LabelSelector } from '../../objects/kinds.ts';

/** metav1.LabelSelector; one that is absent or empty selects everything. */
export function selects(
  selector: LabelSelector | undefined,
  labels: ReadonlyMap<string, string>,
): boolean {
  if (selector === undefined) return true;
  for (const [key, value] of selector.matchLabels) {
    if (labels.get(key) !== value) return false;
  }
  return selector.matchExpressions.every(({ key = '', operator, values }) => {
    const value = labels.get(key);
    if (operator === 'In') return value !== undefined && values.includes(value);
    if (operator === 'NotIn') return value === undefined || !values.includes(value);
    if (operator === 'Exists') return value !== undefined;
    return operator === 'DoesNotExist' ? value === undefined : true;
  });
}
