import type { Reporter } from './reporter.ts';

/** report.html: there is none, or a whole one. What makes it is loaded when the run is over. */
export function htmlFileReporter(path: string): Reporter {
  return {
    name: 'html',
    async onEnd(record) {
      const { writeHtmlReport } = await import('./html/html.ts');
      await writeHtmlReport(path, record);
    },
  };
}
