import { describe, expect, test } from 'vitest';
import { podIpOf, podListSchema, uidAtKubelet } from '../../../harness/kube/pod-list.ts';
import { filesFrom } from '../../../harness/probes/certificates.ts';
import { podsFrom } from '../../../harness/probes/node-containers.ts';
import { rulesFrom, toldByRules } from '../../../harness/probes/service-rules.ts';
import { containersFrom } from '../../../harness/probes/static-pods.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('pods of which processes run', () => {
  const uid = '3ebd865d-348c-482f-82ae-cc1a25dd8c44';
  const folders = [
    `ingress_ingress-89pf4_${uid}`,
    'kube-system_etcd-cp-1_9d897ad277dbc55b0b18c1a03a0a8088',
    'web_shop-1_2a315116-cca2-4f67-9f8a-82756601fe17',
  ];

  test.each([
    ['of systemd', `pod${uid.replaceAll('-', '_')}`],
    ['of cgroupfs', `pod${uid}`],
  ])('have their uid in control groups %s', (_, group) => {
    expect(podsFrom([group, group, ...folders].join('\n'))).toEqual([
      { namespace: 'ingress', name: 'ingress-89pf4', uid },
    ]);
  });

  test('may be static, and are told apart from those whose logs alone are left', () => {
    expect(podsFrom(['pod9d897ad277dbc55b0b18c1a03a0a8088', ...folders].join('\n'))).toEqual([
      { namespace: 'kube-system', name: 'etcd-cp-1', uid: '9d897ad277dbc55b0b18c1a03a0a8088' },
    ]);
  });

  test('have no name where nothing tells it', () => {
    expect(podsFrom(`pod${uid}\n`)).toEqual([{ namespace: '', name: '', uid }]);
  });
});

describe('rules of kube-proxy', () => {
  const told = (output: string) =>
    rulesFrom(output).map(
      ({ namespace, name, address, protocol, port }) =>
        `${namespace}/${name} ${address} ${protocol}/${port}`,
    );

  test('are read of iptables, with and without endpoints, with and without a name of the port', () => {
    const output = `*nat
:KUBE-SERVICES - [0:0]
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.10/32 -p udp -m comment --comment "kube-system/kube-dns:dns cluster IP" -m udp --dport 53 -j KUBE-SVC-TCOU7JCQXEZGVUNU
-A KUBE-SERVICES -d 10.96.69.242/32 -p tcp -m comment --comment "web/shop cluster IP" -m tcp --dport 80 -j KUBE-SVC-ZGZYMXMCLJDNVEPS
-A KUBE-SERVICES -d 192.0.2.7/32 -p tcp -m comment --comment "web/shop external IP" -m tcp --dport 80 -j KUBE-EXT-ZGZYMXMCLJDNVEPS
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
*filter
-A KUBE-SERVICES -d 10.96.214.173/32 -p tcp -m comment --comment "default/late:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
-A KUBE-SERVICES -d 10.96.214.175/32 -p tcp -m comment --comment "default/agent has no local endpoints" -m tcp --dport 81 -j DROP
`;
    expect(told(output)).toEqual([
      'kube-system/kube-dns 10.96.0.10 UDP/53',
      'web/shop 10.96.69.242 TCP/80',
      'default/late 10.96.214.173 TCP/80',
      'default/agent 10.96.214.175 TCP/81',
    ]);
  });

  test('are read of nftables', () => {
    const output = `table ip kube-proxy {
	set cluster-ips {
		type ipv4_addr
		elements = { 10.96.0.1, 10.96.0.10 }
	}

	map no-endpoint-services {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.214.173 . tcp . 80 comment "default/late:http" : goto reject-chain,
			     10.96.214.174 . tcp . 81 comment "default/later" : goto reject-chain,
			     10.96.214.175 . tcp . 82 comment "default/agent" : drop }
	}

	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.10 . udp . 53 : goto service-FY5PMXPG-kube-system/kube-dns/udp/dns,
			     10.96.69.242 . tcp . 80 : goto service-LDHOHC55-web/shop/tcp/,
			     10.96.69.243 . tcp . 80 : goto local-MDHOHC55-web/near/tcp/ }
	}

	map service-nodeports {
		elements = { tcp . 30053 : goto external-ISWKJ3SJ-kube-system/dns-from-outside/tcp/dns-tcp }
	}
}`;
    expect(told(output)).toEqual([
      'default/late 10.96.214.173 TCP/80',
      'default/later 10.96.214.174 TCP/81',
      'default/agent 10.96.214.175 TCP/82',
      'kube-system/kube-dns 10.96.0.10 UDP/53',
      'web/shop 10.96.69.242 TCP/80',
      'web/near 10.96.69.243 TCP/80',
    ]);
  });

  test.each([
    ['nothing of kube-proxy', '*nat\n:OUTPUT ACCEPT [0:0]\n:KUBE-KUBELET-CANARY - [0:0]\n'],
    [
      'the chain of IPVS, whose addresses are elsewhere',
      `*nat
:KUBE-SERVICES - [0:0]
-A KUBE-SERVICES ! -s 10.244.0.0/16 -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT
-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
`,
    ],
  ])('are not known where there is %s', (_, output) => {
    expect(toldByRules({ clock: new FakeClock() }, 'n1', output)).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('IPVS is not read'),
    });
  });
});

describe('static pods', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const manifest = (image: string, ...command: string[]) =>
    `manifest ${base64(
      `spec:\n  containers:\n  - name: etcd\n    image: ${image}\n    command: ${JSON.stringify(command)}\n`,
    )}`;
  const process = (container: string, ...command: string[]) =>
    `process etcd ${container} ${base64(`${command.join('\0')}\0`)}`;

  test('have what is intended beside what runs', () => {
    const output = [
      manifest('registry.k8s.io/etcd:3.6.8-0', 'etcd', '--name=a'),
      process('3e80', 'etcd', '--name=b', ''),
      'container 3e80 registry.k8s.io/etcd:3.5.21-0',
    ].join('\n');
    expect(containersFrom(output)).toEqual([
      {
        name: 'etcd',
        intended: { image: 'registry.k8s.io/etcd:3.6.8-0', command: ['etcd', '--name=a'] },
        running: { image: 'registry.k8s.io/etcd:3.5.21-0', command: ['etcd', '--name=b', ''] },
      },
    ]);
  });

  test('may lack one or the other', () => {
    expect(containersFrom(manifest('e:1', 'etcd'))).toMatchObject([{ running: null }]);
    expect(containersFrom(process('-', 'etcd'))).toMatchObject([{ intended: null }]);
    expect(containersFrom('')).toEqual([]);
  });

  test('have no known image where the runtime knows a digest alone', () => {
    const output = `${process('3e80', 'etcd')}\ncontainer 3e80 sha256:99d7`;
    expect(containersFrom(output)[0]?.running?.image).toBeNull();
  });
});

test('kubeadm tells until when files are good, and which are missing', () => {
  const output = JSON.stringify({
    certificates: [
      { name: 'apiserver', expirationDate: '2027-11-21T00:21:25Z', missing: false },
      { name: 'etcd-peer', expirationDate: null, missing: true },
      { name: 'super-admin.conf', expirationDate: null, missing: true },
    ],
    certificateAuthorities: [{ name: 'ca', expirationDate: '2036-11-18T00:21:25Z' }],
  });
  expect(filesFrom(`[check-expiration] reading\n${output}`)).toEqual({
    files: [
      { name: 'apiserver', expiresAtMs: Date.parse('2027-11-21T00:21:25Z') },
      { name: 'ca', expiresAtMs: Date.parse('2036-11-18T00:21:25Z') },
    ],
    missing: ['etcd-peer'],
  });
});

test('a mirror pod is known by the hash of its manifest, and an address is one of IPv4', () => {
  const { items } = podListSchema.parse({
    items: [
      {
        metadata: { name: 'a', uid: 'u', annotations: { 'kubernetes.io/config.mirror': 'hash' } },
        status: { podIP: 'fd00::2', podIPs: [{ ip: 'fd00::2' }, { ip: '10.244.0.2' }] },
      },
      { metadata: { name: 'b', uid: 'u' } },
    ],
  });
  expect(items?.map(uidAtKubelet)).toEqual(['hash', 'u']);
  expect(items?.map(podIpOf)).toEqual(['10.244.0.2', null]);
  expect(podListSchema.parse({ items: null }).items).toBeNull();
});
