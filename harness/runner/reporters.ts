import { join } from 'node:path';
import { eventsFileReporter } from '../../reports/events-file.ts';
import { htmlFileReporter } from '../../reports/html-file.ts';
import { jsonReporter } from '../../reports/json.ts';
import { recordFileReporter } from '../../reports/record-file.ts';
import { type Reporter, ReporterFanOut } from '../../reports/reporter.ts';
import { progressReporter, summaryReporter } from '../../reports/terminal/terminal.ts';
import type { RunPlan } from './plan.ts';

/** Who tells the run: progress on standard error, one result on standard output, files where asked. */
export async function reportersFor(plan: RunPlan): Promise<ReporterFanOut> {
  const reporters: Reporter[] = [progressReporter(process.stderr)];
  if (plan.eventsFile !== undefined) reporters.push(eventsFileReporter(plan.eventsFile));
  if (plan.junitFile !== undefined) {
    const { junitReporter } = await import('../../reports/junit/junit.ts');
    reporters.push(junitReporter(plan.junitFile));
  }
  reporters.push(recordFileReporter(join(plan.directory, 'record.json')));
  reporters.push(htmlFileReporter(join(plan.directory, 'report.html')));
  reporters.push(plan.json ? jsonReporter(process.stdout) : summaryReporter(process.stdout));
  return new ReporterFanOut(reporters);
}
