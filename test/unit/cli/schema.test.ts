import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonSchema } from '../../../harness/cli/commands/schema.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { kubedrill } from './kubedrill.ts';

describe('the JSON Schema', () => {
  it('of scenarios that is published is current', async () => {
    const published = await readFile(join(packageRoot, 'scenarios/scenario.schema.json'), 'utf8');
    expect(published, 'kubedrill schema scenario > scenarios/scenario.schema.json').toBe(
      await jsonSchema('scenario'),
    );
  });

  it('of scenarios asks for what has no default and forbids what it does not know', async () => {
    const schema = JSON.parse(await jsonSchema('scenario'));
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['name', 'summary', 'recovery'],
      additionalProperties: false,
    });
  });

  it.each(['scenario', 'runbook', 'record', 'baseline', 'diagnosis'])(
    'of a %s is printed',
    async (file) => {
      const { exitCode, stdout } = await kubedrill(['schema', file]);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ type: 'object', title: expect.any(String) });
    },
  );
});
