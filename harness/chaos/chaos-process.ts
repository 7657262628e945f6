import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { session } from './session.ts';

/** The program of a chaos script's own process: takes the script from the harness and imports it. */

/** As this file, from the sources or from a built dist. */
const extension = extname(fileURLToPath(import.meta.url));
const API = new URL('./chaos-script.ts', import.meta.url).href.replace(/\.ts$/, extension);

/**
 * `kubedrill/chaos` is found from wherever the script lies, and so is zx: a scenario is data and brings
 * no node_modules of its own.
 */
registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier === 'kubedrill/chaos') return next(API, context);
    if (!/^zx(\/|$)/.test(specifier)) return next(specifier, context);
    return next(specifier, { ...context, parentURL: import.meta.url });
  },
});

// What it rejects with nobody handles: Node prints it and ends with 1, as for any program.
void play();

async function play(): Promise<void> {
  const { script } = await session.open();
  if (!existsSync(script)) throw new Error(`there is no ${script}`);
  await import(pathToFileURL(script).href);
  session.send({ type: 'done' });
}
