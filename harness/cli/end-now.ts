/**
 * Ends the process once what was written has gone out. A connection that was being opened to a host
 * without power would otherwise keep it alive for the two minutes that TCP goes on trying.
 */
export async function endNow(exitCode: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise((resolve) => {
      stream.write('', resolve);
    });
  }
  process.exit(exitCode);
}
