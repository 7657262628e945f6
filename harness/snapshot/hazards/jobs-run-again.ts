import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/** Work that was under way, or is due by the clock: it starts when controller-manager does. */
export const jobsRunAgain: Hazard = (content) => {
  const running = content.typed['batch/jobs'].filter(
    ({ value }) =>
      value.spec?.suspend !== true &&
      value.status?.completionTime === undefined &&
      !value.status?.conditions.some(({ type, status }) => type === 'Failed' && status === 'True'),
  );
  const scheduled = content.typed['batch/cronjobs'].filter(
    ({ value }) => value.spec?.suspend !== true,
  );
  const objects = [...running, ...scheduled].map(({ ref }) => ref);
  if (objects.length === 0) return [];
  const names = objects.map(({ resource, namespace, name }) => `${resource} ${namespace}/${name}`);
  return [
    snapshotFinding('jobs-run-again', {
      message: `${enumerate(names)} will run (again) as soon as controller-manager leads`,
      where: placeOf(objects),
      objects,
    }),
  ];
};
