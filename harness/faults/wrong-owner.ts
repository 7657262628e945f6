import { z } from 'zod';
import { changeDataDir } from './change-data-dir.ts';
import { type Fault, nothingToHeal } from './fault.ts';
import { sentence } from './host-state.ts';

const parameters = z.strictObject({
  owner: z
    .string()
    .regex(/^[\w-]+:[\w-]+$/)
    .default('root:root')
    .describe('User and group, by name or number'),
});

/** Gives the data directory to somebody else and starts etcd again, as a restore done as root leaves it. */
export const wrongOwner: Fault<z.infer<typeof parameters>> = {
  name: 'wrong-owner',
  summary: 'gives the data directory of members to another user and starts etcd again',
  needs: ['numeric-owners'],
  parameters,
  inject: async ({ cluster, hosts, parameters: { owner } }) => {
    const [before, after] = await changeDataDir(cluster, hosts, {
      change: 'chown -R "$WANTED" "$DATA_DIR"',
      look: 'stat -c %U:%G "$DATA_DIR"',
      wanted: owner,
    });
    return {
      took: before !== after ? 'effect' : 'no-effect',
      evidence: `the data directory of ${sentence(hosts, 'belongs', 'belong')} to ${after} instead of ${before}`,
      heal: nothingToHeal,
    };
  },
};
