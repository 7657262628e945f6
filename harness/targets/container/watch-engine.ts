import { type DrillError, environmentError } from '../../support/errors.ts';
import type { Engine } from './engine.ts';

/** Ends the watch. */
export interface EngineWatch {
  close(): void;
}

/**
 * Calls back when the engine ends while the watch is open: a daemon that is restarted stops every container,
 * and what the drill would see of that looks like a fault of the cluster's.
 */
export async function watchEngine(
  engine: Engine,
  onGone: (error: DrillError) => void,
): Promise<EngineWatch> {
  // An answer without end, of which only the end is of interest.
  const events = await engine.getEvents({ filters: { type: ['daemon'] } });
  let closed = false;
  const ended = () => {
    if (closed) return;
    closed = true;
    onGone(engineGone());
  };
  events.once('end', ended).once('close', ended).once('error', ended).resume();
  return {
    close: () => {
      closed = true;
      if ('destroy' in events && typeof events.destroy === 'function') events.destroy();
    },
  };
}

/** What a drill is broken off with. */
export function engineGone(): DrillError {
  return environmentError(
    'keep the hosts of the drill up',
    'Docker ended or was restarted, and their containers with it',
    'see why (journalctl --unit docker), then run the drill again',
  );
}
