import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Minutes each, the slowest first. Without knowledge of an earlier run, as in a fresh clone, vitest begins with the
 * largest files; then these few small ones came last, one worker played them alone and the other had nothing to do.
 */
const SLOWEST = [
  'container/drills',
  'process/drills',
  'process/procedures',
  'process/incidents',
  'container/faults',
  'process/killed',
  'process/faults',
  'process/network-drills',
].map((file) => `/test/integration/${file}.test.ts`);

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const index = SLOWEST.findIndex((end) => moduleId.endsWith(end));
      return index === -1 ? SLOWEST.length : index;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
