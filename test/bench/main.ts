import { join } from 'node:path';
import { packageRoot } from '../../harness/support/package-root.ts';
import { benchDrills } from './drill.ts';
import { benchKind } from './kind.ts';
import { benchSnapshot } from './snapshot.ts';

/** `npm run bench [-- drills|snapshot|kind]`: all when none is named. What is compared runs side by side. */
const wanted = process.argv.slice(2);
const asked = (part: string) => wanted.length === 0 || wanted.includes(part);

if (asked('drills')) await benchDrills();
if (asked('kind')) await benchKind();
if (asked('snapshot')) {
  const folder = join(packageRoot, 'kubedrill-runs', 'bench');
  const { met } = await benchSnapshot(folder, (line) => console.log(line));
  if (!met) process.exitCode = 1;
}
