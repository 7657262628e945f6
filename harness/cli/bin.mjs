#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read too, so that they can say what is missing.
import module from 'node:module';

const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED) {
  console.error(
    [
      `kubedrill needs Node ${NEEDED} or newer; this is ${process.versions.node} (${process.execPath}).`,
      'In a clone:  npm ci && npm run kubedrill -- --help    (brings its own Node)',
      `Elsewhere:   npx --package node@${NEEDED} --package kubedrill kubedrill --help`,
    ].join('\n'),
  );
  process.exitCode = 3;
} else {
  // Half of a short command's time would go into compiling.
  module.enableCompileCache();
  start();
}

async function start() {
  const { main } = await import('./main.ts');
  const { endNow } = await import('./end-now.ts');
  await endNow(await main(process.argv.slice(2)));
}
