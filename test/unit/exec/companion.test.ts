import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { isAlive } from '../../../harness/exec/processes.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';

it('a companion, and what it started, ends with a harness that is killed, even if it hears nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubedrill-companion-'));
  try {
    const deaf = join(folder, 'deaf.mjs');
    await writeFile(
      deaf,
      `import { spawn } from 'node:child_process';
       import { writeFileSync } from 'node:fs';
       const child = spawn('sleep', ['3600']);
       writeFileSync('pids', process.pid + ' ' + child.pid);
       for (;;);`,
    );
    const module = pathToFileURL(join(packageRoot, 'harness/exec/companion.ts')).href;
    const harness = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { startCompanion } from '${module}';
       startCompanion('${deaf}', [], { logFile: '${folder}/log', cwd: '${folder}', onMessage() {} });`,
    ]);
    const file = join(folder, 'pids');
    const pids = await until(
      'the companion has started its child',
      async () => {
        const text = existsSync(file) ? await readFile(file, 'utf8') : '';
        return text.includes(' ') ? done(text.split(' ').map(Number)) : notYet('not yet');
      },
      { timeoutMs: 15_000 },
    );
    expect(pids.map(isAlive)).toEqual([true, true]);
    harness.kill('SIGKILL');
    await once(harness, 'exit');
    await until('both are gone', () => (pids.some(isAlive) ? notYet('not yet') : done(true)), {
      timeoutMs: 10_000,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
