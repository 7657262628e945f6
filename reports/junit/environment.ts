/**
 * Variables that beat the options of mocha-junit-reporter, and that a CI job may have set for its
 * own tests.
 */
const OVERRIDING = [
  'MOCHA_FILE',
  'ATTACHMENTS',
  'ANT_MODE',
  'ANT_HOSTNAME',
  'JENKINS_MODE',
  'PROPERTIES',
];

/** Runs `work` without them and puts them back. */
export function clearedEnvironment(work: () => void): void {
  const kept = OVERRIDING.map((name) => [name, process.env[name]] as const);
  for (const name of OVERRIDING) delete process.env[name];
  try {
    work();
  } finally {
    for (const [name, value] of kept) if (value !== undefined) process.env[name] = value;
  }
}
