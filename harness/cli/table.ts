import { styleText } from 'node:util';

/** Rows in aligned columns, headings bold on a terminal; the last column is as long as it is. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const head = styleText('bold', line(headings), { stream: process.stdout });
  return `${[head, ...rows.map(line)].join('\n')}\n`;
}
