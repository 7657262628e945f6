import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { done, notYet, until } from '../../../harness/support/until.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const START_TIMEOUT_MS = 30_000;

/** undefined where there is none. */
export function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

const messageSchema = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
type Message = z.infer<typeof messageSchema>;

/**
 * One page of a headless Chromium, through the DevTools protocol
 * (https://chromedevtools.github.io/devtools-protocol/).
 */
export class BrowserPage {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #loaded: (() => void)[] = [];
  /** Addresses that were asked for since the last `open`, data: left out. */
  readonly requests: string[] = [];
  #calls = 0;

  static async start(program: string): Promise<BrowserPage> {
    const profile = mkdtempSync(join(tmpdir(), 'kubedrill-browser-'));
    const switches = [
      '--headless=new',
      '--disable-gpu',
      '--no-first-run',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      // Chromium refuses its sandbox to root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ];
    const child = spawn(program, [...switches, 'about:blank'], { stdio: 'ignore' });
    const portFile = join(profile, 'DevToolsActivePort');
    const port = await until(
      'the browser says on which port it listens',
      () => {
        const [line, rest] = existsSync(portFile) ? readFileSync(portFile, 'utf8').split('\n') : [];
        return rest === undefined ? notYet(`no ${portFile}`) : done(line);
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
    const listed = await fetch(`http://127.0.0.1:${port}/json/list`);
    const targets = z
      .array(z.object({ type: z.string(), webSocketDebuggerUrl: z.string() }))
      .parse(await listed.json());
    const page = targets.find(({ type }) => type === 'page');
    const socket = new WebSocket(page?.webSocketDebuggerUrl ?? '');
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    const started = new BrowserPage(child, profile, socket);
    await started.call('Page.enable');
    await started.call('Network.enable');
    return started;
  }

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(String(data)));
  }

  async open(url: string): Promise<void> {
    this.requests.length = 0;
    const loaded = new Promise<void>((resolve) => this.#loaded.push(resolve));
    await this.call('Page.navigate', { url });
    await loaded;
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.call('Runtime.evaluate', { expression, returnByValue: true });
    return z.object({ value: z.unknown() }).parse(result).value;
  }

  /** What a reader can see: closed parts and hidden text are not in it. */
  async visibleText(): Promise<string> {
    return String(await this.evaluate('document.body.innerText'));
  }

  async resize(width: number, height = 900): Promise<void> {
    const size = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.call('Emulation.setDeviceMetricsOverride', size);
  }

  /** @param media `print`, `screen`. */
  async emulate(media: string, colourScheme: 'light' | 'dark'): Promise<void> {
    const features = [{ name: 'prefers-color-scheme', value: colourScheme }];
    await this.call('Emulation.setEmulatedMedia', { media, features });
  }

  async call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    this.#calls += 1;
    const id = this.#calls;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#socket.send(JSON.stringify({ id: 0, method: 'Browser.close' }));
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #hear(text: string): void {
    const message = messageSchema.parse(JSON.parse(text));
    if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    if (message.method === 'Page.loadEventFired')
      for (const resolve of this.#loaded.splice(0)) resolve();
    if (message.method !== 'Network.requestWillBeSent') return;
    const { url } = z.object({ url: z.string() }).parse(message.params?.request);
    if (!url.startsWith('data:')) this.requests.push(url);
  }
}
