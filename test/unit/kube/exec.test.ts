import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiServer } from '../../../harness/kube/api-server.ts';
import { systemClock } from '../../../harness/support/clock.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { type SomeEnding, type SomeExec, serveExec } from './exec-server.ts';

const REQUEST = { namespace: 'kube-system', pod: 'p', container: 'c', command: ['nft', 'list a'] };

describe('a program in a container', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  async function served(ending: SomeEnding, asked: SomeExec[] = []): Promise<ApiServer> {
    const server = createServer();
    serveExec(server, (exec) => {
      asked.push(exec);
      return ending;
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const api = new ApiServer({ host: 'h', url: `http://127.0.0.1:${port}` });
    closing.push(
      () => api.close(),
      () => server.close(),
    );
    return api;
  }

  it('is asked for word by word, and what it says arrives whole', async () => {
    const asked: SomeExec[] = [];
    const stdout = 'ä'.repeat(100_000);
    const api = await served({ stdout, stderr: 'warning', exitCode: 0 }, asked);
    expect(await api.exec(REQUEST)).toEqual({ exitCode: 0, stdout, stderr: 'warning' });
    expect(asked).toEqual([{ pod: 'p', container: 'c', command: ['nft', 'list a'] }]);
  });

  it('may fail', async () => {
    const api = await served({ stderr: 'no such table', exitCode: 2 });
    expect(await api.exec(REQUEST)).toEqual({ exitCode: 2, stdout: '', stderr: 'no such table' });
  });

  it('may be none of the image', async () => {
    const notStarted = 'exec: "nft": executable file not found in $PATH';
    const api = await served({ notStarted });
    expect(await api.exec(REQUEST)).toEqual({ exitCode: null, stdout: '', stderr: notStarted });
  });

  it('is refused to whom may not', async () => {
    const api = await served({ refused: { code: 403, message: 'cannot create "pods/exec"' } });
    await expect(api.exec(REQUEST)).rejects.toMatchObject({
      httpCode: 403,
      details: 'cannot create "pods/exec"',
    });
  });

  it('is not waited for longer than it may take', async () => {
    const api = await served('hangs');
    await expect(api.exec(REQUEST, { timeoutMs: 200 })).rejects.toMatchObject({
      reason: 'ETIMEDOUT',
      happened: expect.stringContaining('did not end within 0.2 s'),
    });
  });

  it('is not waited for when somebody stops, or the client is closed', async () => {
    const asked: SomeExec[] = [];
    const api = await served('hangs', asked);
    const stopped = new AbortController();
    const first = expect(api.exec(REQUEST, { signal: stopped.signal })).rejects.toThrow('aborted');
    const second = expect(api.exec(REQUEST)).rejects.toThrow('NoAnswer');
    await until('both run', () => (asked.length === 2 ? done(true) : notYet('')), {
      timeoutMs: 5000,
    });
    // What the server says at once arrives meanwhile.
    await systemClock.pause(50);
    stopped.abort();
    await first;
    api.close();
    await second;
  });

  it('is not begun when somebody has stopped before', async () => {
    const asked: SomeExec[] = [];
    const api = await served({ exitCode: 0 }, asked);
    await expect(api.exec(REQUEST, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(asked).toEqual([]);
  });

  it('has no known end when the connection breaks before', async () => {
    const api = await served('breaks off');
    await expect(api.exec(REQUEST)).rejects.toThrow('ended before the program did');
  });
});
