import { z } from 'zod';
import { changeDataDir } from './change-data-dir.ts';
import { type Fault, nothingToHeal } from './fault.ts';
import { sentence } from './host-state.ts';

const parameters = z.strictObject({
  mode: z
    .string()
    .regex(/^0[0-7]{3}$/)
    .default('0000'),
});

/** Takes rights on the data directory away and starts etcd again. A root's etcd does not mind. */
export const wrongMode: Fault<z.infer<typeof parameters>> = {
  name: 'wrong-mode',
  summary: 'changes the rights on the data directory of members and starts etcd again',
  needs: ['files'],
  parameters,
  inject: async ({ cluster, hosts, parameters: { mode } }) => {
    const [before, after] = await changeDataDir(cluster, hosts, {
      change: 'chmod "$WANTED" "$DATA_DIR"',
      look: 'stat -c %a "$DATA_DIR"',
      wanted: mode,
    });
    return {
      took: before !== after ? 'effect' : 'no-effect',
      evidence: `the data directory of ${sentence(hosts, 'has', 'have')} mode ${after} instead of ${before}`,
      heal: nothingToHeal,
    };
  },
};
