/** The demo: a simulator, a temporary data directory, and the daemon on it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../../admin/app.js';
import { setUp } from '../../admin/setup/set-up.js';
import { AppError } from '../../domain/errors.js';
import { parseRuleSpec } from '../../domain/rule-spec.js';
import { Daemon } from '../../serve/daemon.js';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../simulator/start-simulator.js';
import type { Environment } from '../../store/home/environment.js';
import { resolveHome } from '../../store/home/home.js';
import { openForServe, openForSetup } from '../context/open-app.js';
import { watchHappenings, type Happening } from '../narrate.js';
import { programName, type CommandContext } from '../command.js';
import type { Io } from '../terminal/io.js';

const STAGE = 'Take-home';
/** Whom to move to the stage, and what becomes of each. */
const CANDIDATES = {
  'Bruno Makebelieve': 'who gets the challenge',
  'Hana Madeup': 'who has no e-mail address and goes on hold',
  'Farid Pretend': 'whose tag belongs to no rule, so nobody invites him',
};
const RULE = `stage=${STAGE};tag=codesubmit:backend;challenge=Backend API;due-days=7`;
/** Used as the public address, which a proxy would provide. */
const PUBLIC_URL = 'https://demo.example.com';
const WEBHOOK_ID = 'demo-webhook';
const MOVES_LIMIT_MS = 30_000;

/** What the parts of the demo share. */
interface Demo {
  io: Io;
  simulator: Simulator;
  /** What happened since the call before. */
  listNew: () => Happening[];
  /** Aborted when the demo ends. */
  stopSignal: AbortSignal;
}

/**
 * Runs the demo. If `isAuto`, it moves three candidates and resolves when it has said what happened to each. Otherwise
 * it says whom to move, and reports what happens until it is stopped. At the end nothing that it started still runs.
 * Throws the signal's reason if it was stopped before that end.
 */
export async function runDemo(
  { io, runtime }: CommandContext,
  isAuto: boolean,
  stopSignal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'codesubmit-lever-demo-'));
  const simulator = await startSimulator({ seed: 'demo', webhookRetryDelaysMs: [500, 1_000] });
  try {
    const { leverApiUrl, codesubmitUrl } = simulator;
    io.out(`✓ a simulated Lever (${leverApiUrl}) and CodeSubmit (${codesubmitUrl})`);
    const home = resolveHome(join(folder, 'home'));
    // The user's own integration must not affect the demo.
    const demoEnv = {
      CODESUBMIT_LEVER_SECRET_KEY: randomBytes(32).toString('base64'),
      LEVER_API_URL: leverApiUrl,
      CODESUBMIT_API_URL: codesubmitUrl,
      LEVER_API_KEY: seedLeverApiKey,
      CODESUBMIT_API_KEY: seedCodeSubmitApiKey,
      LEVER_SIGNING_TOKEN: randomBytes(24).toString('hex'),
      CODESUBMIT_LEVER_WEBHOOK_ID: WEBHOOK_ID,
      CODESUBMIT_LEVER_PUBLIC_URL: PUBLIC_URL,
    };
    const demoRuntime = { ...runtime, env: demoEnv };
    await setUpDemo(await openForSetup(home, demoRuntime));
    io.out(`✓ set up: anyone moved to “${STAGE}” with codesubmit:backend gets “Backend API”`);
    stopSignal.throwIfAborted();
    const { app, close } = await openForServe(home, demoRuntime);
    const daemon = new Daemon(app);
    try {
      const { host, port } = await daemon.listen({ host: '127.0.0.1', port: 0 });
      // Not awaited: if it throws, `runUntilSignal` aborts the signal.
      void daemon.work();
      const url = `http://${host}:${port}`;
      io.out(`✓ the daemon runs on ${url}`);
      const demo = { io, simulator, stopSignal, listNew: watchHappenings(app) };
      await connectWebhook(demo, url, demoEnv.LEVER_SIGNING_TOKEN);
      await (isAuto ? moveCandidates(demo) : followClicks(demo, runtime.env));
    } finally {
      await daemon.stop();
      close();
    }
  } finally {
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
  io.out('\n✓ the daemon has stopped; nothing of the demo is left on this machine');
  io.out('Next, practise setting it up, also offline:');
  io.out(`  ${programName()} simulator --practise`);
}

/** Sets the demo up with what its environment gives and one rule, and closes the database. */
async function setUpDemo(app: App): Promise<void> {
  const answers = { settings: { webhookWay: 'paste' }, rules: [parseRuleSpec(RULE)] } as const;
  try {
    // Candidates who are in the stage already get nothing.
    await setUp(app, answers, () => Promise.resolve('leave'));
  } finally {
    app.database.close();
  }
}

/**
 * Moves three candidates: one gets the challenge, one goes on hold, and one matches no rule. Resolves once each outcome
 * and the link of the first one were printed. Throws the signal's reason if the demo was stopped before.
 */
async function moveCandidates(demo: Demo): Promise<void> {
  const { io, simulator, stopSignal } = demo;
  const { opportunities, actions } = simulator.lever;
  for (const name of Object.keys(CANDIDATES)) {
    io.out(`→ a recruiter moves ${name} to “${STAGE}”`);
    const found = [...opportunities.all.values()].find(
      ({ contactId }) => opportunities.contacts.get(contactId)?.name === name,
    );
    if (!found) throw demoError(`${name} is not in the simulated Lever`);
    actions.move(found.id, STAGE);
  }
  const giveUpAtMs = performance.now() + MOVES_LIMIT_MS;
  await printUntil(demo, (told) => {
    if (performance.now() > giveUpAtMs) throw demoError('not all of that happened');
    const hasLink = told.some(({ link }) => link !== null);
    return hasLink && Object.keys(CANDIDATES).every((name) => told.some(({ who }) => who === name));
  });
  stopSignal.throwIfAborted();
}

/** Adds the webhook in the simulated Lever, and verifies it as an admin would with Verify Connection. */
async function connectWebhook(
  { io, simulator: { lever } }: Demo,
  url: string,
  signatureToken: string,
): Promise<void> {
  const address = `${url}/webhooks/lever/${WEBHOOK_ID}`;
  const input = { url: address, event: 'candidateStageChange', signatureToken } as const;
  const attempt = await lever.sender.verify(lever.webhooks.add(input));
  if (attempt.status !== 200) throw demoError('Verify Connection failed');
  io.out('✓ the webhook is in Lever; Verify Connection says 200');
}

/** The error that ends the demo, where something else happened than it shows. */
function demoError(what: string): AppError {
  return new AppError('internal', `The demo went wrong: ${what}.`, 'Run: codesubmit-lever demo');
}

const POLL_MS = 400;

/** Says which candidates to move, opens Lever's board, and prints what happens. Resolves once the demo is stopped. */
async function followClicks(demo: Demo, env: Environment): Promise<void> {
  const { io, simulator } = demo;
  const board = `${new URL(simulator.leverApiUrl).origin}/`;
  io.out(`\nLever:       ${io.paint.bold(board)}`);
  io.out(`CodeSubmit:  ${io.paint.bold(`${simulator.codesubmitUrl}/challenges`)}`);
  io.out(`\nNow move these candidates to “${STAGE}” in Lever:`);
  for (const [name, fate] of Object.entries(CANDIDATES)) io.out(`  • ${name}, ${fate}`);
  io.out('Press Ctrl-C to stop the demo.\n');
  await openBoard(board, env);
  await printUntil(demo, () => false);
}

/**
 * Opens the board in a browser. Over SSH or without a desktop only the printed address helps, unless BROWSER names one.
 */
async function openBoard(url: string, env: Environment): Promise<void> {
  const hasDesktop =
    process.platform !== 'linux' || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  const isHere = hasDesktop && env.SSH_CONNECTION === undefined;
  if (!isHere && env.BROWSER === undefined) return;
  const { default: open } = await import('open');
  await open(url);
}

/** Prints what happens until `isOver` says so of all that was printed (`told`), or until the demo is stopped. */
async function printUntil(
  { io, stopSignal, listNew }: Demo,
  isOver: (told: readonly Happening[]) => boolean,
): Promise<void> {
  const told: Happening[] = [];
  while (!stopSignal.aborted && !isOver(told)) {
    for (const happening of listNew()) {
      told.push(happening);
      io.out(`${happening.sign} ${happening.sentence}`);
      if (happening.link !== null) io.out(`  ${happening.link}`);
    }
    await delay(POLL_MS);
  }
}
