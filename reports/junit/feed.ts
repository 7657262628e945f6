import { EventEmitter } from 'node:events';
import { clearedEnvironment } from './environment.ts';
import type { Case, Suite } from './suites.ts';
import { xmlText } from './xml.ts';

/**
 * Writes `suites` with mocha-junit-reporter, fed by a runner of our own: drills have phases,
 * deadlines and four verdicts, for which mocha as a runner has no room. It is a library here.
 */
export async function writeJUnit(path: string, title: string, suites: Suite[]): Promise<void> {
  const { default: MochaJUnitReporter } = await import('mocha-junit-reporter');
  const runner = new FedRunner();
  const clock = { nowMs: 0 };
  const reporterOptions = {
    mochaFile: path,
    testsuitesTitle: xmlText(title),
    includePending: true,
    outputs: true,
    attachments: true,
    testCaseSwitchClassnameAndName: true,
    properties: {} as Record<string, string>,
  };
  clearedEnvironment(() => {
    new MochaJUnitReporter(runner, { Date: dateOf(clock), reporterOptions });
  });
  runner.emit('start');
  for (const suite of suites) {
    // The package reads them at the beginning of each suite: that is how every drill gets its own.
    reporterOptions.properties = cleaned(suite.properties);
    clock.nowMs = suite.startedAtMs;
    runner.feed(suite, () => {
      clock.nowMs += suite.durationMs;
    });
  }
  runner.emit('end');
}

/** The package asks this for the time, so that a report made later has the times of the drill. */
function dateOf(clock: { nowMs: number }): new (timeMs: number) => Date {
  return class extends Date {
    static override now(): number {
      return clock.nowMs;
    }
  };
}

function cleaned(properties: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [xmlText(name), xmlText(value)]),
  );
}

/** As much of mocha's runner, suites and tests as the package looks at. */
class FedRunner extends EventEmitter {
  /**
   * The package should make them and with mocha 10 and newer does not: it compares versions as
   * strings.
   */
  readonly stats = { suites: 0, tests: 0, passes: 0, pending: 0, failures: 0, duration: 0 };

  feed(suite: Suite, end: () => void): void {
    const parent = suiteOf(suite);
    this.stats.suites += 1;
    this.stats.duration += suite.durationMs;
    this.emit('suite', parent);
    for (const each of suite.cases) this.#feedCase(each, parent);
    end();
    this.emit('suite end', parent);
  }

  #feedCase(each: Case, parent: ReturnType<typeof suiteOf>): void {
    const test = testOf(each, parent);
    this.stats.tests += 1;
    if (each.outcome === 'passed') {
      this.stats.passes += 1;
      this.emit('pass', test);
    } else if (each.outcome === 'skipped') {
      this.stats.pending += 1;
      this.emit('pending', test);
    } else {
      this.stats.failures += 1;
      const { type, message, details } = each.outcome;
      this.emit('fail', test, {
        name: type,
        message: xmlText(message),
        stack: xmlText(details),
      });
    }
  }
}

function suiteOf(suite: Suite) {
  return {
    title: xmlText(suite.name),
    file: xmlText(suite.file),
    root: false,
    parent: { root: true, title: '' },
    tests: suite.cases,
    suites: [],
  };
}

function testOf(each: Case, parent: { title: string }) {
  const title = xmlText(each.name);
  return {
    title,
    parent,
    duration: each.durationMs,
    consoleOutputs: each.output.map(xmlText),
    attachments: each.attachments.map(xmlText),
    fullTitle: () => parent.title,
    titlePath: () => [parent.title, title],
    slow: () => Number.POSITIVE_INFINITY,
  };
}
