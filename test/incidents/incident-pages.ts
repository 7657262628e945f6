import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { DrillRecord, RunbookRun } from '../../harness/model/record.ts';
import { type Scenario, scenarioSchema } from '../../harness/model/scenario.ts';
import { packageRoot } from '../../harness/support/package-root.ts';

export const INCIDENTS = join(packageRoot, 'scenarios/incidents');

/** Every variant of every incident, as its file says. */
export function incidentScenarios(): Scenario[] {
  return readdirSync(INCIDENTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => scenarioSchema.parse(parse(readFileSync(join(INCIDENTS, file), 'utf8'))));
}

export function scenarioIn({ scenario }: DrillRecord): Pick<Scenario, 'kind' | 'source'> {
  const known = incidentScenarios().find(({ name }) => name === scenario);
  return known ?? { kind: 'drill', source: undefined };
}

/** A page that is kept to show that it does not help says so in its first quotation. */
export function saysNoCure({ file }: Pick<RunbookRun, 'file'>): boolean {
  return existsSync(file) && /^> \*\*No cure/m.test(readFileSync(file, 'utf8'));
}
