import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ApiServer } from '../../../harness/kube/api-server.ts';
import { apiList } from '../../../harness/probes/api-list.ts';
import { looking } from './looking.ts';

const HELD_BACK = JSON.stringify({
  reason: 'TooManyRequests',
  message: 'storage is (re)initializing',
});
const EMPTY = JSON.stringify({ metadata: { resourceVersion: '7' }, items: [] });

let close = () => {};
afterEach(() => close());

/** What the probe makes of a server that holds its list back the first so many times. */
async function listsOf(heldBackTimes: number) {
  let asked = 0;
  const server = createServer((_, answer) => {
    asked += 1;
    const heldBack = asked <= heldBackTimes;
    answer.writeHead(heldBack ? 429 : 200).end(heldBack ? HELD_BACK : EMPTY);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const api = new ApiServer({ host: 'cp-1', url: `http://127.0.0.1:${port}` });
  close = () => {
    api.close();
    server.close();
  };
  const widgets = { group: 'x.dev', version: 'v1', resource: 'widgets', kind: 'Widget' };
  const discovered = [{ ...widgets, namespaced: true, preferred: true }];
  const lists = await apiList.look(
    looking({ apiServers: [{ host: 'cp-1', up: { api, discovered }, down: null }] }),
  );
  return lists.map((list) => (list.kind === 'api-list' ? list.error : list.kind));
}

it('asks again for a list that a server holds back while it starts', async () => {
  expect(await listsOf(4)).toEqual([null, null]);
});

it('tells of a list that is held back for good', async () => {
  const errors = await listsOf(Number.POSITIVE_INFINITY);
  expect(errors).toHaveLength(2);
  for (const error of errors) expect(error).toContain('storage is (re)initializing');
});
