import { allOf } from '../../checks/observed.ts';
import { expiredBootstrapTokens } from '../../checks/tokens.ts';
import { type Detector, diagnosed } from '../detector.ts';

/** The date of a Secret is told only with all that is in it, so it is asked for where the user says so. */
export const bootstrapTokens: Detector = {
  name: 'bootstrap-tokens',
  title: 'No token with which a node may join has expired',
  stage: 'nodes',
  needs: 'bootstrap-tokens',
  async detect(patient) {
    const seen = await patient.observe(['bootstrap-token']);
    // The clock of this machine may be wrong.
    const atMs = await patient.nowMs();
    const tokens = allOf(seen, 'bootstrap-token').map((token) => ({ ...token, atMs }));
    const blind = allOf(seen, 'unavailable').map(({ reason }) => unlisted(reason));
    return diagnosed(expiredBootstrapTokens(tokens), blind);
  },
};

function unlisted(reason: string): string {
  const right = '`--print-rbac --bootstrap-tokens` prints the Role that lets it';
  const next = reason.startsWith('HTTP 403') ? `; ${right}` : '';
  return `bootstrap tokens cannot be listed: ${reason}${next}`;
}
