import { expect, it } from 'vitest';
import { samplesOf } from '../../../harness/etcd/metrics.ts';

const PAGE = `# HELP etcd_network_active_peers The current number of active peer connections.
# TYPE etcd_network_active_peers gauge
etcd_network_active_peers{Local="aa1",Remote="bb2"} 1
etcd_network_active_peers{Local="aa1",Remote="cc3"} 0
etcd_network_active_peers_total 7
etcd_server_has_leader 1
etcd_mvcc_db_total_size_in_bytes 1.8653184e+07
`;

it('samples are those of the metric alone, with their labels', () => {
  expect(samplesOf(PAGE, 'etcd_network_active_peers')).toEqual([
    { labels: { Local: 'aa1', Remote: 'bb2' }, value: 1 },
    { labels: { Local: 'aa1', Remote: 'cc3' }, value: 0 },
  ]);
});

it('a metric without labels has one sample', () => {
  expect(samplesOf(PAGE, 'etcd_server_has_leader')).toEqual([{ labels: {}, value: 1 }]);
  expect(samplesOf(PAGE, 'etcd_mvcc_db_total_size_in_bytes')[0]?.value).toBe(18_653_184);
});

it('a metric that is not there has none', () => {
  expect(samplesOf(PAGE, 'etcd_nothing')).toEqual([]);
  expect(samplesOf('', 'etcd_server_has_leader')).toEqual([]);
});
