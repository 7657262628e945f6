import { enableCompileCache } from 'node:module';

/**
 * What the bench times as a process of its own: the whole verdict on the file that is named.
 * JavaScript like bin.mjs: with a warm compile cache nothing has to strip types.
 */
enableCompileCache();
const { openSnapshot } = await import('../../harness/snapshot/open-snapshot.ts');
const [path = ''] = process.argv.slice(2);
// Opened first: a thread hashes the file while the rest is loaded.
const opening = openSnapshot(path);
const { judgeSnapshot } = await import('../../harness/snapshot/judge.ts');
await using reading = await opening;
const { verdict, resources } = await judgeSnapshot(reading, { asOfMs: Date.now() });
const { hash, revision, liveKeys } = reading.figures;
const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
const said = { verdict, hash, revision, liveKeys, resources: resources.length, peakMemoryBytes };
process.stdout.write(JSON.stringify(said));
