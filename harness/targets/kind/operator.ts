import { environmentError, messageOf } from '../../support/errors.ts';
import type { Engine } from '../container/engine.ts';
import { runLabels } from '../container/labels.ts';
import { ContainerShell } from '../container/shell/container-shell.ts';
import type { RunningHost } from '../host.ts';
import { OPERATOR } from '../operator.ts';
import { operatorSshFiles, type SshKey } from '../ssh.ts';
import { BACKUP_DIR } from './cluster-config.ts';

const COMMAND_TIMEOUT_MS = 30_000;

export interface OperatorParts {
  engine: Engine;
  network: string;
  image: string;
  /** On the machine that runs the harness. */
  backupDir: string;
  runId: string;
  /** With which it logs in on the nodes. */
  ssh: SshKey;
}

/** A machine beside the cluster: the tools of a node and no service. */
export async function startOperator(parts: OperatorParts): Promise<RunningHost> {
  const { engine, network, image, backupDir, runId, ssh } = parts;
  try {
    const container = await engine.createContainer({
      name: `kubedrill-${runId}-${OPERATOR}`,
      Hostname: OPERATOR,
      Image: image,
      Entrypoint: ['sleep', 'infinity'],
      Cmd: [],
      Labels: runLabels(runId),
      HostConfig: { NetworkMode: network, Binds: [`${backupDir}:${BACKUP_DIR}`], Init: true },
    });
    await container.start();
    const inside = new ContainerShell(container);
    for (const [path, { content, mode }] of operatorSshFiles(ssh)) {
      const put = `install -D -m ${mode.toString(8)} /dev/stdin ${path}`;
      await inside.run(put, { timeoutMs: COMMAND_TIMEOUT_MS, input: content });
    }
    const { NetworkSettings } = await container.inspect();
    const stays = async () => {
      throw new Error('the operator takes no part in the disaster');
    };
    return {
      name: OPERATOR,
      address: NetworkSettings.Networks[network]?.IPAddress ?? '',
      state: 'running',
      shell: (script, options) => inside.run(script, options),
      onDisk: (script, options) =>
        inside.run(script, { ...options, env: { ...options.env, ROOT: '' } }),
      collectLogs: async () => {},
      powerOff: stays,
      freeze: stays,
    };
  } catch (thrown) {
    throw environmentError('start the operator', messageOf(thrown), 'docker ps --all');
  }
}
