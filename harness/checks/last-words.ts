import type { DrillFacts } from '../model/check.ts';

/** Why an etcd ended by itself, as the end of its log tells. */
export interface Death {
  /** A clause that goes on after `etcd on HOST ended by itself: `. */
  why: string;
  /** A sentence or more, each with its full stop. */
  cure: string;
}

type Member = DrillFacts['members'][number];

/** What etcd says when it gives up, and what it means. The first one that fits counts. */
const LAST_WORDS: readonly {
  pattern: RegExp;
  why: (said: string) => string;
  cure: (member: Member) => string;
}[] = [
  {
    pattern: /member \w+ has already been bootstrapped/,
    why: () =>
      'it was started as part of a new cluster (`new`) on an empty directory, and the others know it already',
    cure: rejoin,
  },
  {
    pattern: /tocommit\(\d+\) is out of range \[lastIndex\(\d+\)\]/,
    why: (said) =>
      `the leader takes it for a member that it remembers, whose log it does not have (${said}):` +
      ' it came back empty without `member remove` and `member add`, or was restored with the token' +
      ' of a cluster that still runs',
    cure: (member) =>
      `${rejoin(member)} After a restore: stop every old member first and restore all with a token` +
      ' that no cluster ever had.',
  },
  {
    pattern: /could not retrieve cluster information from the given URLs/,
    why: () =>
      'none of the peers that its --initial-cluster names has answered; a member that was restored' +
      ' without its address is listed at http://localhost:2380',
    cure: () =>
      'Look at `etcdctl member list`: give each member its true address with `etcdctl member update ID' +
      ' --peer-urls=PEER_URL`, or restore again with --initial-advertise-peer-urls.',
  },
  {
    pattern: /member count is unequal|error validating peerURLs/,
    why: () => 'its --initial-cluster is not the member list that the others have',
    cure: rejoin,
  },
  {
    pattern: /permanently removed from the cluster/,
    why: () => 'the others have removed it from the cluster',
    cure: rejoin,
  },
  {
    pattern: /couldn't find local name "[^"]*" in the initial cluster configuration/,
    why: (said) => `its name is not in its own member list (${said})`,
    cure: () => 'Give --name and --initial-cluster the same name, in the restore and in the unit.',
  },
  {
    pattern: /missing from --initial-advertise-peer-urls|missing from the initial cluster/,
    why: () => 'its peer address is not the one that --initial-cluster has for it',
    cure: () => 'Give --initial-advertise-peer-urls and --initial-cluster the same address.',
  },
  {
    pattern: /permission denied/,
    why: () => 'it may not use its own files',
    cure: () =>
      "Give the data directory to the user that etcd runs as: `chown -R $(systemctl show -p User --value etcd) DATA_DIR`; a static pod's user is in its manifest.",
  },
  {
    pattern: /no space left on device/,
    why: () => 'its disk is full',
    cure: () => 'Make room on the disk of its data directory and start it again.',
  },
  {
    pattern: /bind: address already in use|bind: cannot assign requested address/,
    why: (said) => `it cannot listen at its address (${said})`,
    cure: () =>
      'Find who holds the port (`ss -ltnp`), or set ETCD_LISTEN_PEER_URLS and ETCD_LISTEN_CLIENT_URLS' +
      " to this host's addresses.",
  },
  {
    pattern: /crc mismatch|invalid database|file too short|walpb|max entry size limit exceeded/,
    why: (said) => `its data is damaged (${said})`,
    cure: rejoin,
  },
];

/** A removed member ends in good order, and only warns why. */
const LAST_LINE = /"level":"(?:fatal|panic)"|^panic: |"msg":"server error"/;

/** Words of a panic or fatal line without one of the known reasons. */
const FATAL = /"level":"(?:fatal|panic)".*?"msg":"(?<msg>[^"]*)"(?:.*?"error":"(?<error>[^"]*)")?/;

/**
 * What the end of a log says about why etcd ended by itself; undefined when it does not, as that of
 * one that was stopped or killed.
 */
export function causeOfDeath(logEnd: string, member: Member): Death | undefined {
  const last = logEnd.split('\n').filter((line) => LAST_LINE.test(line));
  for (const { pattern, why, cure } of LAST_WORDS) {
    const said = last.map((line) => pattern.exec(line)?.[0]).find((found) => found !== undefined);
    if (said !== undefined) return { why: why(said), cure: cure(member) };
  }
  const groups = last.map((line) => FATAL.exec(line)?.groups).find((found) => found !== undefined);
  if (groups === undefined) return undefined;
  const said = [groups.msg, groups.error].filter(Boolean).join(': ');
  return { why: `it said "${said}"`, cure: 'Its log has the whole story.' };
}

function rejoin({ host, name, peerUrl }: Member): string {
  return (
    `With a quorum of the others: \`etcdctl member remove ID\`, \`etcdctl member add ${name}` +
    ` --peer-urls=${peerUrl}\`, empty the data directory of ${host}, and start it with the` +
    ' --initial-cluster that was printed and --initial-cluster-state existing.'
  );
}
