import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type RunRecord, recordSchema } from '../../harness/model/record.ts';
import { IMAGE_LABEL, RUN_LABEL } from '../../harness/targets/container/labels.ts';
import { processesOf, type Workplace, workplace } from '../integration/process/kubedrill.ts';

/**
 * `npm run chaos [-- --minutes 10 --target process --seed 1]`: random drills with one seed after the
 * other, until the time is over. Every verdict must be the right one, and nothing may be left behind.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    target: { type: 'string', default: 'process' },
    seed: { type: 'string', default: '1' },
  },
});
const { target } = values;
const endMs = performance.now() + Number(values.minutes) * 60_000;
/** Every other drill is etcd alone, which is quicker and has its own ways to fail. */
const VARIANTS = [['--kubernetes', 'none'], []];

const problems: string[] = [];
const runIds: string[] = [];
const danglingBefore = danglingImages();
await using place = await workplace();
let seed = Number(values.seed);
for (; performance.now() < endMs; seed += 1) await drillOnce(place, seed);

const left = [...leftInDocker(), ...danglingImages().filter((id) => !danglingBefore.includes(id))];
problems.push(...left.map((what) => `left behind: ${what}`));
const count = seed - Number(values.seed);
console.log(`${count} drills on ${target}, ${problems.length} problems`);
for (const problem of problems) console.error(problem);
if (problems.length > 0 || count === 0) process.exitCode = 1;

async function drillOnce({ directory, start }: Workplace, seed: number): Promise<void> {
  const run = `${directory}/run-${seed}`;
  const variant = VARIANTS[seed % VARIANTS.length] ?? [];
  const options = ['--target', target, '--seed', String(seed), ...variant];
  const args = ['run', 'random-chaos', ...options, '--json', '--keep', 'never', '--out', run];
  const startMs = performance.now();
  const child = start(args);
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  await new Promise((resolve) => child.once('close', resolve));
  const record = recordOf(stdout.text);
  const [only] = record?.drills ?? [];
  const strikes = only?.faults.map(({ call, hosts }) => `${call.fault} on ${hosts}`).join(', ');
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`seed ${seed} ${only?.verdict ?? 'nothing'} after ${seconds} s: ${strikes}`);
  if (record) runIds.push(record.runId);
  const good = child.exitCode === 0 && only?.verdict === 'passed' && only.left.length === 0;
  if (!good) {
    const story = only ? `${only.verdict}: ${only.reason}` : stderr.text.slice(-2000);
    problems.push(`kubedrill ${['run', 'random-chaos', ...options].join(' ')}: ${story}`);
  }
  const processes = processesOf(run, child.pid ?? -1);
  problems.push(...processes.map((line) => `left behind by seed ${seed}: process ${line}`));
}

function recordOf(text: string): RunRecord | undefined {
  return text === '' ? undefined : recordSchema.parse(JSON.parse(text));
}

function collect(stream: NodeJS.ReadableStream | null): { text: string } {
  const collected = { text: '' };
  stream?.on('data', (chunk) => {
    collected.text += chunk;
  });
  return collected;
}

/** Containers, networks and volumes of our runs. */
function leftInDocker(): string[] {
  return [
    ['container', 'ls', '--all'],
    ['network', 'ls'],
    ['volume', 'ls'],
  ].flatMap((command) =>
    runIds.flatMap((runId) =>
      docker(...command, '--quiet', '--filter', `label=${RUN_LABEL}=${runId}`).map(
        (id) => `${command[0]} ${id} of ${runId}`,
      ),
    ),
  );
}

function danglingImages(): string[] {
  const ours = ['--filter', 'dangling=true', '--filter', `label=${IMAGE_LABEL}`];
  return docker('image', 'ls', '--quiet', ...ours).map((id) => `dangling image ${id}`);
}

/** Nothing where there is no Docker; on its own target that shows in every drill. */
function docker(...args: string[]): string[] {
  if (target === 'process') return [];
  const out = execFileSync('docker', args, { encoding: 'utf8', timeout: 30_000 });
  return out.split('\n').filter(Boolean);
}
