import { alter, type Defect, defectsOf, withFacts } from './defect.ts';

export const backupDefects: Defect[] = defectsOf('backups', [
  [
    'backup-incomplete',
    'snapshot save was killed',
    (twin) =>
      alter(twin, 'backup-file', (file) => ({
        ...file,
        name: 'nightly.db.part',
        sizeBytes: 0,
        verdict: 'partial',
        revision: 0,
      })),
  ],
  [
    'backup-rejected',
    'the file was cut short on its way',
    (twin) =>
      alter(twin, 'backup-file', (file) => ({
        ...file,
        verdict: 'reject',
        revision: 0,
        problem: 'The file ends in the middle of page 12.',
      })),
  ],
  [
    'backup-behind',
    'saved from a member that had lost the others',
    (twin) =>
      withFacts(
        alter(twin, 'backup-file', (file) => ({
          ...file,
          revision: 600,
          acknowledgedRevision: 700,
        })),
        { restores: false },
      ),
  ],
]);
