import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { htmlOf } from '../../../reports/html/html.ts';
import { foldRecord } from '../../../reports/record.ts';
import { failed } from '../../golden/journals/failed.ts';
import { passed } from '../../golden/journals/passed.ts';
import { BrowserPage, findBrowser } from './browser.ts';

const program = findBrowser();
let folder = '';
let browser: BrowserPage;
let server: Server;
/** Paths that somebody asked our server for. */
const asked: string[] = [];
let leak = '';

beforeAll(async () => {
  if (program === undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'kubedrill-html-'));
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  leak = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/leak`;
  browser = await BrowserPage.start(program);
});
afterAll(async () => {
  if (program === undefined) return;
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
});

beforeEach((context) => {
  if (program !== undefined) return;
  const required = (process.env.KUBEDRILL_REQUIRE ?? '').split(',').includes('browser');
  if (required) throw new Error('a browser is required here: apt-get install chromium');
  context.skip('no Chromium here: apt-get install chromium');
});

async function open(name: string, page: string): Promise<void> {
  const path = join(folder, `${name}.html`);
  writeFileSync(path, page);
  await browser.emulate('screen', 'light');
  await browser.resize(1200);
  await browser.open(pathToFileURL(path).href);
}

describe('the HTML report in a browser', () => {
  test('shows what a person needs first, without a click', async () => {
    await open('failed', htmlOf(foldRecord(failed)));
    const text = await browser.visibleText();
    // `innerText` has the letters as the style sheet turns them.
    expect(text).toMatch(/FAILED\s+quorum-loss on process\s+step 2, "Start etcd", on etcd-2/);
    expect(text).toContain('systemctl restart kube-apiserver on etcd-1');
    expect(text).toContain('systemctl is-active etcd');
    expect(text).toContain('"error":"member count is unequal"');
    expect(text).toContain('kubedrill run quorum-loss --runbook as-written/etcd-members');
    expect(text).not.toContain('etcdutl snapshot restore backup.db');
  });

  test('draws every bar and label of the timeline within the picture', async () => {
    await open('passed', htmlOf(foldRecord(passed)));
    const outside = await browser.evaluate(`(() => {
      const { left, right, top, bottom } = document.querySelector('svg').getBoundingClientRect();
      return [...document.querySelectorAll('svg :is(rect, circle, text)')].filter((each) => {
        const box = each.getBoundingClientRect();
        return box.width === 0 || box.left < left - 1 || box.right > right + 1 ||
          box.top < top - 1 || box.bottom > bottom + 1;
      }).map((each) => each.textContent);
    })()`);
    expect(outside).toEqual([]);
    expect(await browser.evaluate(`document.querySelectorAll('rect.phase').length`)).toBe(
      foldRecord(passed).drills[0]?.phases.length,
    );
  });

  test.each([360, 800, 1600])('fits a window of %i pixels', async (width) => {
    await open('wide', htmlOf(foldRecord(failed)));
    await browser.resize(width);
    expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
      width,
    );
  });

  test('is dark for who prefers that', async () => {
    await open('dark', htmlOf(foldRecord(passed)));
    const colours = `['backgroundColor', 'color'].map((it) => getComputedStyle(document.body)[it])`;
    const light = await browser.evaluate(colours);
    await browser.emulate('screen', 'dark');
    const dark = await browser.evaluate(colours);
    expect(light).toEqual(['rgb(251, 251, 249)', 'rgb(27, 31, 36)']);
    expect(dark).toEqual(['rgb(20, 23, 26)', 'rgb(228, 231, 234)']);
  });

  test('prints what a screen shows only after a click', async () => {
    await open('print', htmlOf(foldRecord(failed)));
    await browser.emulate('print', 'light');
    const text = await browser.visibleText();
    expect(text).toContain('etcdutl snapshot restore backup.db');
    const { data } = await browser.call('Page.printToPDF', {});
    expect(Buffer.from(String(data), 'base64').subarray(0, 5).toString()).toBe('%PDF-');
  });

  test('asks nobody for anything, even when names are hostile', async () => {
    const record = foldRecord(failed);
    const text = `"><img src="${leak}"><style>@import "${leak}";</style>`;
    const drills = record.drills.map((drill) => ({ ...drill, reason: text, scenario: text }));
    await open('hostile', htmlOf({ ...record, drills }));
    expect(browser.requests).toEqual([pathToFileURL(join(folder, 'hostile.html')).href]);
    expect(asked).toEqual([]);
    expect(await browser.visibleText()).toContain(`<img src="${leak}">`);
    // The same markup unescaped, and without our policy, is seen to ask.
    await open('leaking', `<!doctype html><p>${text}</p>`);
    expect(browser.requests).toContain(leak);
    expect(asked).toContain('/leak');
  });
});
