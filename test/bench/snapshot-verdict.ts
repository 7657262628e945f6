import { judgeSnapshot } from '../../harness/snapshot/judge.ts';
import { openSnapshot } from '../../harness/snapshot/open-snapshot.ts';
import { systemClock } from '../../harness/support/clock.ts';

/** What the bench times as a process of its own: the whole verdict on the file that is named. */
const [path = ''] = process.argv.slice(2);
await using reading = await openSnapshot(path);
const { verdict, resources } = await judgeSnapshot(reading, { asOfMs: systemClock.nowMs() });
const { hash, revision, liveKeys } = reading.figures;
const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(
  JSON.stringify({
    verdict,
    hash,
    revision,
    liveKeys,
    resources: resources.length,
    peakMemoryBytes,
  }),
);
