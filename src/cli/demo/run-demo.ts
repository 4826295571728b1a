/** The demo: a simulator, a temporary data directory, and a daemon in its own process. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../store/home/environment.js';
import { AppError } from '../../domain/errors.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../simulator/start-simulator.js';
import type { AppContext } from '../context/app-context.js';
import { readStatus } from '../../admin/status/status-report.js';
import { programName } from '../package-files.js';
import { wrappingIo } from '../terminal/io.js';
import {
  runCommand,
  startDaemon,
  withDemo,
  type Demo,
  type DemoEnvironment,
} from './demo-process.js';
import { followClicks, narrate } from './follow-clicks.js';

const STAGE = 'Take-home';
const CANDIDATES = ['Bruno Makebelieve', 'Hana Madeup', 'Farid Pretend'] as const;
const RULE = `stage=${STAGE};tag=codesubmit:backend;challenge=Backend API;due-days=7`;
/** Used as the public address, which a proxy would provide. */
const PUBLIC_URL = 'https://demo.example.com';
const PATIENCE_MS = 30_000;

export interface DemoOptions {
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
  { io: plainIo, env, runtime }: Pick<Demo, 'io' | 'runtime'> & { env: Environment },
  { isAuto, asked }: DemoOptions,
): Promise<void> {
  const io = wrappingIo(plainIo);
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
      if (performance.now() > until) throw late('not all of that happened');
      const hasLink = told.some(({ link }) => link !== null);
      return hasLink && CANDIDATES.every((name) => told.some(({ who }) => who === name));
    }),
  );
  asked.throwIfAborted();
  const { contactId } = find(simulator, CANDIDATES[0]);
  const links = simulator.lever.opportunities.contacts.get(contactId)?.links ?? [];
  if (links.length === 0) throw late('the link is not in Lever');
}

async function connectWebhook(demo: Demo, url: string): Promise<void> {
  const read = (app: AppContext) => readStatus(app, { limit: 1 }).integration.webhook.url;
  const webhookUrl = await withDemo(demo, read);
  const { lever } = demo.simulator;
  const path = new URL(webhookUrl ?? '').pathname;
  const signatureToken = demo.env.LEVER_SIGNING_TOKEN;
  const input = { url: `${url}${path}`, event: 'candidateStageChange', signatureToken } as const;
  const attempt = await lever.sender.verify(lever.webhooks.add(input));
  if (attempt.status !== 200) throw late('Verify Connection failed');
  demo.io.out('✓ the webhook is in Lever; Verify Connection says 200');
}

/** The candidate's opportunity and contact. */
function find({ lever }: Simulator, name: string) {
  const sights = [...lever.opportunities.all.keys()].map((id) => lever.opportunities.get(id));
  const { contacts } = lever.opportunities;
  const found = sights.find(({ contactId }) => contacts.get(contactId)?.name === name);
  if (!found) throw late(`${name} is not in the simulated Lever`);
  return found;
}

function late(what: string): AppError {
  return new AppError('internal', `The demo went wrong: ${what}.`, 'Run: codesubmit-lever demo');
}
