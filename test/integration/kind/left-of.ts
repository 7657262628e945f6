import { runOrThrow } from '../../../harness/exec/run.ts';

/** Containers and networks of a run that are still there. */
export async function leftOf(runId: string): Promise<string[]> {
  const names = async (args: string[]) => {
    const { stdout } = await runOrThrow('ask Docker', 'docker', args, { timeoutMs: 30_000 });
    return stdout.split('\n');
  };
  const all = [
    ...(await names(['ps', '--all', '--format', '{{.Names}}'])),
    ...(await names(['network', 'ls', '--format', '{{.Name}}'])),
  ];
  return all.filter((name) => name.startsWith(`kd-${runId.slice(-4)}-`) || name.includes(runId));
}
