import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RUNBOOK_VARIABLES } from '../../../harness/model/runbook.ts';
import { checkRunbook, findRunbook, shippedRunbooks } from '../../../harness/runbook/library.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';

const names = shippedRunbooks();
const readme = readFileSync(join(packageRoot, 'scenarios/runbooks/README.md'), 'utf8');

describe.each(names)('%s', (name) => {
  const { runbook, problems, file } = checkRunbook(name, '/');
  const text = readFileSync(file, 'utf8');
  const scripts = runbook?.steps.flatMap((step) => step.blocks.map((block) => block.script)) ?? [];

  test('is valid and named like its file', () => {
    expect(problems.filter((problem) => problem.severity === 'error')).toEqual([]);
    expect(runbook?.frontMatter.runbook).toBe(basename(name));
  });

  test('is told about in the README, and its links lead somewhere', () => {
    expect(readme).toContain(`(${name}.md)`);
    const links = [...text.matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(join(dirname(file), link)))).toEqual([]);
  });

  test('waits in bounded loops only', () => {
    expect(scripts.filter((script) => /\b(while|until)\b/.test(script))).toEqual([]);
  });

  if (name.startsWith('as-written/')) {
    test('says where it is from and gives a reason for each substitution', () => {
      expect(runbook?.frontMatter.source).toBeTruthy();
      expect(runbook?.frontMatter.substitutions.every(({ why }) => why.length > 10)).toBe(true);
    });
  } else if (runbook?.frontMatter.platform !== 'kubeadm') {
    test('has no path of its own, so that it runs where hosts are folders', () => {
      expect(
        scripts.filter((script) => /(^|[\s"=])\/(etc|var|data|backup|root)\//.test(script)),
      ).toEqual([]);
    });
  }

  if (name.startsWith('wrong/')) {
    test('says that it is not to be followed', () => {
      expect(text).toMatch(/^> \*\*(A wrong procedure|Half a cure)/m);
    });
  }
});

test('the README has every variable', () => {
  expect(RUNBOOK_VARIABLES.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

test('a shipped runbook is found by name and by path, with the same name', () => {
  const { file } = findRunbook('as-written/etcd-members', '/nowhere');
  expect(findRunbook(file, '/')).toEqual({ name: 'as-written/etcd-members', file });
});

test('a mistyped name is answered with the likeliest one', () => {
  expect(() => findRunbook('replace-membr', '/')).toThrow(/did you mean "replace-member"\?/);
});
