import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts } from '../../../../harness/targets/process/free-ports.ts';

test('ports are each another, nobody listens there, and no connection that goes out is given one', async () => {
  const [first, second] = await Promise.all([freePorts(20), freePorts(20)]);
  const ports = [...first, ...second];
  expect(new Set(ports).size).toBe(40);
  expect(ports.filter((port) => port < 10_000 || port >= 32_768)).toEqual([]);
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  }
});

test('a port that is taken is left out', async () => {
  const [seen = 0] = await freePorts(1);
  const taken = createServer().listen(seen + 1, '127.0.0.1');
  await once(taken, 'listening');
  expect(await freePorts(3)).not.toContain(seen + 1);
  taken.close();
});
