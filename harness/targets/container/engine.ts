import Dockerode from 'dockerode';
import { environmentError, messageOf } from '../../support/errors.ts';

export type Engine = Dockerode;

const DEFAULT_ADDRESS = 'unix:///var/run/docker.sock';
const ANSWER_TIMEOUT_MS = 10_000;
const START = 'sudo systemctl start docker, or where there is no systemd: sudo setsid dockerd';
const ALLOW = 'sudo usermod --append --groups docker "$USER", then log in again';

/**
 * The container engine of this machine, found by testcontainers' rules and seen to answer.
 * A `DOCKER_HOST` that does not answer is an error: testcontainers would go on to another engine in silence.
 * @throws DrillError (environment) with what is in the way: no daemon, no permission, no answer.
 */
export async function connectEngine(env: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const address = env.DOCKER_HOST ?? DEFAULT_ADDRESS;
  if (env.DOCKER_HOST) await ask(address);
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    const { container } = await getContainerRuntimeClient();
    return container.dockerode;
  } catch (thrown) {
    await ask(address); // Says why, where testcontainers only says that none works.
    throw unreachable(thrown, address);
  }
}

async function ask(address: string): Promise<void> {
  try {
    await new Dockerode({ timeout: ANSWER_TIMEOUT_MS }).ping();
  } catch (thrown) {
    throw unreachable(thrown, address);
  }
}

function unreachable(thrown: unknown, address: string): Error {
  const attempted = `reach Docker at ${address}`;
  const start = address === DEFAULT_ADDRESS ? START : 'start it, or: unset DOCKER_HOST';
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'EACCES')
    return environmentError(attempted, 'this user may not use its socket', ALLOW);
  if (code === 'ENOENT') return environmentError(attempted, 'there is no such socket', start);
  if (code === 'ECONNREFUSED') return environmentError(attempted, 'nobody listens there', start);
  return environmentError(attempted, messageOf(thrown), start);
}
