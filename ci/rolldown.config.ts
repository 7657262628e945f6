import { defineConfig, type Plugin } from 'rolldown';

/**
 * What npm gets: CommonJS in few files. Node loads it in a third of the time that a hundred modules
 * take, and the built-in modules without the extra wrapping that an ES module asks for.
 * All files lie in one folder, so that what is started from beside a source is found beside it here.
 */
export default defineConfig({
  input: [
    'harness/cli/bin.mjs',
    'harness/snapshot/sha256-worker.ts',
    'harness/runner/boot/inside.ts',
    'harness/chaos/chaos-process.ts',
    'harness/chaos/chaos-script.ts',
  ],
  platform: 'node',
  // Dependencies stay packages of their own; commander alone is part of every command's start.
  external: (id) => /^[^./]/.test(id) && !id.startsWith('commander'),
  plugins: [lazyChildProcess()],
  output: {
    dir: 'dist',
    cleanDir: true,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  },
});

/** commander loads node:child_process, and with it the network, for subcommands in files of their own. */
function lazyChildProcess(): Plugin {
  const eager = "import childProcess from 'node:child_process';";
  const lazy =
    "const childProcess = { spawn: (...all) => require('node:child_process').spawn(...all) };";
  return {
    name: 'lazy-child-process',
    transform(code, id) {
      if (!id.endsWith('/commander/lib/command.js')) return null;
      if (!code.includes(eager)) this.error(`${id} does not import node:child_process any more`);
      return code.replace(eager, lazy);
    },
  };
}
