import { join } from 'node:path';
import { lastLines, type RunOptions, run, runOrThrow } from '../../exec/run.ts';
import { writeWholeFile } from '../../support/whole-file.ts';
import { clusterConfig, type KindCluster } from './cluster-config.ts';

const CREATE_TIMEOUT_MS = 10 * 60_000;
const DELETE_TIMEOUT_MS = 120_000;
const LOGS_TIMEOUT_MS = 120_000;

/** The program `kind` for one cluster, with a kubeconfig of its own: the user's is neither read nor written. */
export class KindProgram {
  readonly cluster: string;
  readonly kubeconfig: string;
  readonly #path: string;
  readonly #folder: string;
  readonly #network: string;

  /** @param folder where the configuration and the kubeconfig are written. */
  constructor(path: string, cluster: string, folder: string, network: string) {
    this.cluster = cluster;
    this.kubeconfig = join(folder, 'kubeconfig');
    this.#path = path;
    this.#folder = folder;
    this.#network = network;
  }

  /**
   * Creates the cluster and does not wait for its nodes. What was made stays when it fails, for its logs.
   * @throws DrillError (environment) with the last lines of kind.
   */
  async create(
    wanted: KindCluster,
    signal: AbortSignal,
    onLine: (line: string) => void,
  ): Promise<void> {
    const config = join(this.#folder, 'kind.json');
    await writeWholeFile(config, clusterConfig(wanted));
    const args = ['create', 'cluster', '--config', config, '--retain'];
    await runOrThrow('create the kind cluster', this.#path, [...args, ...this.#whose()], {
      ...this.#options(CREATE_TIMEOUT_MS),
      kind: 'environment',
      hint: `its nodes' logs are in ${this.#folder}/logs`,
      signal,
      onErrorLine: onLine,
    });
  }

  /** Removes every container of the cluster, a half-made one too; there need not be any. */
  async delete(): Promise<void> {
    await runOrThrow(
      `delete the kind cluster ${this.cluster}`,
      this.#path,
      ['delete', 'cluster', ...this.#whose()],
      this.#options(DELETE_TIMEOUT_MS),
    );
  }

  /** Writes the logs of all nodes below the folder. @returns why it could not, if so. */
  async exportLogs(folder: string): Promise<string | undefined> {
    const args = ['export', 'logs', folder, '--name', this.cluster];
    const finished = await run(this.#path, args, this.#options(LOGS_TIMEOUT_MS));
    return finished.exitCode === 0 ? undefined : lastLines(finished.stderr, 3);
  }

  #whose(): string[] {
    return ['--name', this.cluster, '--kubeconfig', this.kubeconfig];
  }

  #options(timeoutMs: number): RunOptions {
    return {
      timeoutMs,
      env: { KIND_EXPERIMENTAL_DOCKER_NETWORK: this.#network, KUBECONFIG: this.kubeconfig },
    };
  }
}
