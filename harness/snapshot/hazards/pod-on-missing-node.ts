import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { counted, enumerate, placeOf } from './wording.ts';

/** Pods that no kubelet will run: controller-manager deletes them after its quarantine of 40 s. */
export const podOnMissingNode: Hazard = (content) => {
  const stray = content.typed.pods.filter(({ value }) => {
    const node = value.spec?.nodeName ?? '';
    const ended = value.status?.phase === 'Succeeded' || value.status?.phase === 'Failed';
    return node !== '' && !ended && !content.nodes.has(node);
  });
  if (stray.length === 0) return [];
  const objects = stray.map(({ ref }) => ref);
  const missing = [...new Set(stray.map(({ value }) => value.spec?.nodeName ?? ''))];
  return [
    snapshotFinding('pod-on-missing-node', {
      message: `${counted(objects.length, 'pod')} on node ${enumerate(missing)}, which is not in the store: they will be deleted`,
      where: placeOf(objects),
      objects,
    }),
  ];
};
