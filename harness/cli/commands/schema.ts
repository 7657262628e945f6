import { Argument, Command } from 'commander';
import type { z } from 'zod';

/** Files that kubedrill reads or writes, by the name that the user gives. */
const FILES: Record<string, { title: string; load(): Promise<z.ZodType> }> = {
  scenario: {
    title: 'A kubedrill scenario',
    load: async () => (await import('../../model/scenario.ts')).scenarioSchema,
  },
  runbook: {
    title: 'The front matter of a kubedrill runbook',
    load: async () => (await import('../../model/runbook.ts')).frontMatterSchema,
  },
  record: {
    title: 'The record of a kubedrill run: record.json and run --json',
    load: async () => (await import('../../model/record.ts')).recordSchema,
  },
  baseline: {
    title: 'The inventory that kubedrill baseline writes beside a backup',
    load: async () => (await import('../../objects/baseline.ts')).baselineSchema,
  },
  diagnosis: {
    title: 'What kubedrill diagnose --json prints',
    load: async () => (await import('../diagnosis/document.ts')).diagnosisSchema,
  },
};

/** Files that people write; the others are written by kubedrill, with every default filled in. */
const WRITTEN_BY_PEOPLE = ['scenario', 'runbook'];

/** `kubedrill schema scenario > scenario.schema.json`. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('Prints the JSON Schema of a file that kubedrill reads or writes.')
    .addArgument(
      new Argument('[file]', 'which file').choices(Object.keys(FILES)).default('scenario'),
    )
    .action(async (file: string) => {
      process.stdout.write(await jsonSchema(file));
    });
}

/** The JSON Schema (2020-12) of one of the files as text. */
export async function jsonSchema(file: string): Promise<string> {
  const entry = FILES[file];
  if (entry === undefined) throw new Error(`no schema "${file}"`);
  const { z } = await import('zod');
  const io = WRITTEN_BY_PEOPLE.includes(file) ? 'input' : 'output';
  const { $schema, ...schema } = z.toJSONSchema(await entry.load(), { io, unrepresentable: 'any' });
  return `${JSON.stringify({ $schema, title: entry.title, ...schema }, null, 2)}\n`;
}
