/** Runs `task` on every item, at most `limit` at a time; results in the order of the items. The first error wins. */
export async function inParallel<T, R>(
  items: Iterable<T>,
  limit: number,
  task: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items].entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await task(item, index);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
