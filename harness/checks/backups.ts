import type { Check, CheckView } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { BackupFile } from '../model/observation.ts';
import { examined, skipped } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted } from './wording.ts';

/**
 * `snapshot save` asks one member and believes it: one that has lost the others hands out what it
 * last knew and the command says saved.
 */
export const backups: Check = {
  name: 'backups',
  title: 'Every backup made meanwhile is whole and has all that was acknowledged before it',
  phases: ['verify'],
  needs: [],
  explainedBy: [],
  codes: [
    { code: 'backup-incomplete', heals: false },
    { code: 'backup-rejected', heals: false },
    { code: 'backup-behind', heals: false },
  ],
  examine(view) {
    const files = allOf(view.now, 'backup-file');
    const blind = blindSpots(view.now, 'backup-file', []);
    if (files.length === 0 && blind.length === 0) return skipped('no backup was made meanwhile');
    return examined(
      files.flatMap((file) => judge(file, view)),
      blind,
    );
  },
};

function judge(file: BackupFile, { facts }: CheckView): Finding[] {
  if (file.verdict === 'partial') return [incomplete(file)];
  if (file.verdict === 'reject') return [rejected(file)];
  // A recovery that goes back in time makes its copies of whatever is left.
  const lacking = facts.restores ? 0 : file.acknowledgedRevision - file.revision;
  return lacking > 0 ? [behind(file, lacking)] : [];
}

function incomplete({ name, sizeBytes }: BackupFile): Finding {
  return finding({
    code: 'backup-incomplete',
    severity: 'error',
    message:
      `${name} was left behind, ${counted(sizeBytes, 'byte')} of a snapshot that never came to its end:` +
      ' no backup was made.',
    where: name,
    cure:
      'Ask one member that answers (`etcdctl endpoint status`), save again, and let the job fail when' +
      ' etcdctl does. Remove the file.',
  });
}

function rejected({ name, problem }: BackupFile): Finding {
  return finding({
    code: 'backup-rejected',
    severity: 'error',
    message: `${name} must not be restored: ${(problem ?? 'it cannot be read').replace(/\.$/, '')}.`,
    where: name,
    cure: 'Save again with `etcdctl snapshot save`; `kubedrill verify FILE` says what is wrong.',
  });
}

function behind({ name, revision }: BackupFile, lacking: number): Finding {
  return finding({
    code: 'backup-behind',
    severity: 'error',
    message:
      `${name} ends at revision ${revision} and lacks ${counted(lacking, 'revision')} that clients had` +
      ' been told were stored before it was made: the member that gave it was behind the others.' +
      ' The command said saved, and the file is whole.',
    where: name,
    cure:
      'Before saving, compare all members (`etcdctl endpoint status --cluster -w table`): save from one' +
      ' that knows a leader and has the highest revision, and compare that with the file' +
      ' (`etcdutl snapshot status`).',
  });
}
