import { blindSpots } from '../../checks/observed.ts';
import { tokens as check } from '../../checks/tokens.ts';
import { type Detector, diagnosed } from '../detector.ts';

/** Said of a token that is genuine: its signature has been looked at before its date. */
const TOO_OLD = /expired/;

/**
 * Administrators have certificates, and pods that start now get new tokens: only a token of before
 * tells whether the pods of before are let in. A TokenReview is created and stored nowhere.
 */
export const podToken: Detector = {
  name: 'pod-token',
  title: 'Each API server takes the token that a pod got before the restore',
  stage: 'api-servers',
  needs: 'pod-token',
  async detect(patient) {
    const now = await patient.observe(['client-token']);
    const facts = await patient.facts();
    const blind = [...blindSpots(now, 'client-token', []), ...patient.parts.unknownServers];
    const judged = now.filter((each) => {
      if (each.kind !== 'client-token' || !TOO_OLD.test(each.error ?? '')) return true;
      blind.push(
        `${each.source} takes the key of the token, and says no more of it: ${each.error}; give one that` +
          ' a pod got less than its lifetime ago',
      );
      return false;
    });
    const { findings } = check.examine({
      phase: 'verify',
      now: judged,
      baseline: undefined,
      facts,
    });
    return diagnosed(findings, blind);
  },
};
