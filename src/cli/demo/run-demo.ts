/** The demo: a simulator, a temporary data directory, and a daemon in its own process. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../store/home/environment.js';
import { AppError } from '../../domain/errors.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../simulator/start-simulator.js';
import type { AppContext } from '../context/open-app.js';
import { programName, BIN_FILE } from '../package-files.js';
import type { Io } from '../terminal/io.js';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Runtime } from '../../admin/app.js';
import { setTimeout as delay } from 'node:timers/promises';
import { SECOND_MS } from '../../domain/clock.js';
import { listHappenings, type Happening } from '../narrate.js';

const STAGE = 'Take-home';
const CANDIDATES = ['Bruno Makebelieve', 'Hana Madeup', 'Farid Pretend'] as const;
const RULE = `stage=${STAGE};tag=codesubmit:backend;challenge=Backend API;due-days=7`;
/** Used as the public address, which a proxy would provide. */
const PUBLIC_URL = 'https://demo.example.com';
const WEBHOOK_ID = 'demo-webhook';
const PATIENCE_MS = 30_000;

interface DemoOptions {
  isAuto: boolean;
  /** Stops the demo. */
  asked: AbortSignal;
}

/**
 * With `--auto` it moves three candidates and resolves when it has said what happened to each.
 * Otherwise it explains the user's clicks until it is stopped. Everything it started has ended by
 * then, also when it throws: the signal's reason, if that came too early.
 */
export async function runDemo(
  { io, env, runtime }: Pick<Demo, 'io' | 'runtime'> & { env: Environment },
  { isAuto, asked }: DemoOptions,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'codesubmit-lever-demo-'));
  const simulator = await startSimulator({ seed: 'demo', webhookRetryDelaysMs: [500, 1_000] });
  try {
    io.out(
      `✓ a simulated Lever (${simulator.leverApiUrl}) and CodeSubmit (${simulator.codesubmitUrl})`,
    );
    const demo = { io, simulator, env: makeEnvironment(env, folder, simulator), runtime, asked };
    await play(
      demo,
      programName(env),
      isAuto ? () => moveThree(demo) : () => followClicks(demo, env),
    );
  } finally {
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The user's own integration must not affect the demo. */
function makeEnvironment(env: Environment, folder: string, simulator: Simulator): DemoEnvironment {
  const inherited = Object.entries(env).filter(([name]) =>
    /^(PATH|HOME|TMPDIR|SYSTEMROOT)$/i.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    CODESUBMIT_LEVER_HOME: join(folder, 'home'),
    CODESUBMIT_LEVER_SECRET_KEY: randomBytes(32).toString('base64'),
    LEVER_API_URL: simulator.leverApiUrl,
    CODESUBMIT_API_URL: simulator.codesubmitUrl,
    LEVER_API_KEY: seedLeverApiKey,
    CODESUBMIT_API_KEY: seedCodeSubmitApiKey,
    LEVER_SIGNING_TOKEN: randomBytes(24).toString('hex'),
    CODESUBMIT_LEVER_WEBHOOK_ID: WEBHOOK_ID,
  };
}

/** Calls `act` once everything runs. */
async function play(demo: Demo, program: string, act: () => Promise<void>): Promise<void> {
  const { io } = demo;
  await runCommand(['setup', '--no-input', '--public-url', PUBLIC_URL, '--rule', RULE], demo);
  io.out(`✓ set up: anyone moved to “${STAGE}” with codesubmit:backend gets “Backend API”`);
  const daemon = await startDaemon(demo);
  try {
    io.out(`✓ the daemon runs as process ${daemon.pid} on ${daemon.url}`);
    await connectWebhook(demo, daemon.url);
    await act();
  } finally {
    await daemon.stop();
  }
  io.out('\n✓ the daemon has stopped; nothing of the demo is left on this machine');
  io.out('Next, practise setting it up, also offline:');
  io.out(`  ${program} simulator --practise`);
}

/** One who is invited, one on hold, and one whom nobody invites. */
async function moveThree(demo: Demo): Promise<void> {
  const { io, simulator, asked } = demo;
  for (const name of CANDIDATES) {
    io.out(`→ a recruiter moves ${name} to “${STAGE}”`);
    simulator.lever.actions.move(find(simulator, name).id, STAGE);
  }
  const until = performance.now() + PATIENCE_MS;
  await withDemo(demo, (app) =>
    narrate(demo, app, (told) => {
      if (performance.now() > until) throw failed('not all of that happened');
      const hasLink = told.some(({ link }) => link !== null);
      return hasLink && CANDIDATES.every((name) => told.some(({ who }) => who === name));
    }),
  );
  asked.throwIfAborted();
  const { contactId } = find(simulator, CANDIDATES[0]);
  const links = simulator.lever.opportunities.contacts.get(contactId)?.links ?? [];
  if (links.length === 0) throw failed('the link is not in Lever');
}

async function connectWebhook(demo: Demo, url: string): Promise<void> {
  const { lever } = demo.simulator;
  const signatureToken = demo.env.LEVER_SIGNING_TOKEN;
  const address = `${url}/webhooks/lever/${WEBHOOK_ID}`;
  const input = { url: address, event: 'candidateStageChange', signatureToken } as const;
  const attempt = await lever.sender.verify(lever.webhooks.add(input));
  if (attempt.status !== 200) throw failed('Verify Connection failed');
  demo.io.out('✓ the webhook is in Lever; Verify Connection says 200');
}

/** The candidate's opportunity and contact. */
function find({ lever }: Simulator, name: string) {
  const sights = [...lever.opportunities.all.keys()].map((id) => lever.opportunities.get(id));
  const { contacts } = lever.opportunities;
  const found = sights.find(({ contactId }) => contacts.get(contactId)?.name === name);
  if (!found) throw failed(`${name} is not in the simulated Lever`);
  return found;
}

function failed(what: string): AppError {
  return new AppError('internal', `The demo went wrong: ${what}.`, 'Run: codesubmit-lever demo');
}

type DemoEnvironment = Record<string, string | undefined>;

/** What the parts of the demo share. */
interface Demo {
  io: Io;
  simulator: Simulator;
  env: DemoEnvironment;
  runtime: Runtime;
  /** Aborted when the demo ends; whatever waits throws its reason. */
  asked: AbortSignal;
}

/** What a process needs to run on the demo's data directory. */
type Around = Pick<Demo, 'env' | 'asked'>;

function start(args: readonly string[], env: DemoEnvironment): ChildProcess {
  return spawn(process.execPath, [BIN_FILE, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function read(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

/** Runs a command and returns its output. Throws with its error output. */
async function runCommand(args: readonly string[], { env, asked }: Around): Promise<string> {
  const child = start(args, env);
  const [out, complaint, [code]] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  // Ctrl-C also reaches the command, so its end is no failure then.
  asked.throwIfAborted();
  if (code === 0) return out;
  throw failed(`“codesubmit-lever ${args[0] ?? ''}” says: ${complaint.trim()}`);
}

/** The demo's data directory, read in this process. */
async function withDemo<T>(
  { env, runtime }: Demo,
  use: (app: AppContext) => Promise<T> | T,
): Promise<T> {
  const { openApp } = await import('../context/open-app.js');
  const { resolveHome } = await import('../../store/home/home.js');
  const home = resolveHome(undefined, env, undefined);
  const app = openApp(home, { ...runtime, env }, { isReadOnly: true });
  try {
    return await use(app);
  } finally {
    app.database.close();
  }
}

interface DemoDaemon {
  /** Where it listens. */
  url: string;
  pid: number | undefined;
  /** Stops it and waits for its end. */
  stop(): Promise<void>;
}

/** Starts `serve` on a free port and resolves once it listens. */
async function startDaemon({ env, asked }: Around): Promise<DemoDaemon> {
  const child = start(['serve', '--port', '0'], env);
  const closed = once(child, 'close');
  const complaint = read(child.stderr);
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const port = await new Promise<number | undefined>((resolve) => {
    lines.on('line', (line) => {
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg === 'listening') resolve(port);
    });
    void closed.then(() => {
      resolve(undefined);
    });
  });
  if (port === undefined) {
    asked.throwIfAborted();
    throw failed(`the daemon ended: ${(await complaint).trim()}`);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}

const POLL_MS = 400;
/** Later checks of the stages repeat the decision about earlier candidates. */
const JUST_MOVED_MS = 20 * SECOND_MS;

/** Resolves once the demo is stopped. */
async function followClicks(demo: Demo, around: Environment): Promise<void> {
  const { io, simulator } = demo;
  const board = `${new URL(simulator.leverApiUrl).origin}/`;
  io.out('');
  io.out(`Lever:       ${io.paint.bold(board)}`);
  io.out(`CodeSubmit:  ${io.paint.bold(`${simulator.codesubmitUrl}/challenges`)}`);
  io.out('');
  io.out('Now move these candidates to “Take-home” in Lever:');
  io.out('  • Bruno Makebelieve, who gets the challenge');
  io.out('  • Hana Madeup, who has no e-mail address and goes on hold');
  io.out('  • Farid Pretend, whose tag belongs to no rule, so nobody invites him');
  io.out('Press Ctrl-C to stop the demo.');
  io.out('');
  await openBoard(board, around);
  await withDemo(demo, (app) => narrate(demo, app, () => false));
}

/** Uses BROWSER if set. Over SSH or without a desktop, only the printed address helps. */
async function openBoard(url: string, env: Environment): Promise<void> {
  const [browser = ''] = (env.BROWSER ?? '').split(':');
  if (browser !== '') {
    const command = browser.includes('%s') ? browser.replaceAll('%s', url) : `${browser} ${url}`;
    spawn(command, { shell: true, detached: true, stdio: 'ignore' }).unref();
    return;
  }
  const isRemote = env.SSH_CONNECTION !== undefined;
  const hasDesktop =
    process.platform !== 'linux' || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  if (isRemote || !hasDesktop) return;
  const { default: open } = await import('open');
  await open(url);
}

/** Prints what happens until `isDone`, or until the demo is stopped. */
export async function narrate(
  { io, asked }: Demo,
  app: AppContext,
  isDone: (told: readonly Happening[]) => boolean,
): Promise<void> {
  const told = new Map<string, Happening>();
  while (!asked.aborted && !isDone([...told.values()])) {
    for (const one of listHappenings(app, 0, app.runtime.clock.now() - JUST_MOVED_MS)) {
      const key = `${one.sentence} ${one.at}`;
      if (told.has(key)) continue;
      told.set(key, one);
      io.out(`${one.sign} ${one.sentence}`);
      if (one.link !== null) io.out(`  ${one.link}`);
    }
    await delay(POLL_MS);
  }
}
