// The package has no types; these are of what the feed uses of version 2.2.1.
declare module 'mocha-junit-reporter' {
  import type { EventEmitter } from 'node:events';

  interface ReporterOptions {
    mochaFile: string;
    testsuitesTitle: string;
    includePending: boolean;
    outputs: boolean;
    attachments: boolean;
    testCaseSwitchClassnameAndName: boolean;
    properties: Record<string, string>;
  }

  export default class MochaJUnitReporter {
    constructor(
      runner: EventEmitter,
      options: {
        /** Its clock: `now()` is asked at the beginning and at the end of a suite. */
        Date: new (
          timeMs: number,
        ) => Date;
        reporterOptions: ReporterOptions;
      },
    );
  }
}
