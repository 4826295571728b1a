// Makes the pictures of the docs: the simulator's board, and what `setup`, `status`, `preview` and `doctor` show on a
// real terminal, with fictional people, from the built program.
//
//   npm run build && node docs/pictures/make-pictures.js
//
// Wants tmux, and a chromium at /usr/bin/chromium, or where CHROMIUM says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import {
  installProgram,
  makeEnvironment,
  noteSize,
  openBrowser,
  pathOf,
  PROGRAM,
} from './pictured-program.js';
import { PicturedTerminal } from './pictured-terminal.js';
import { terminalSvg } from './terminal-svg.js';

const STAGE = 'Take-home';
const RULES = [
  'stage=Take-home;tag=codesubmit:backend;challenge=Backend API;due-days=7',
  'stage=Take-home;tag=codesubmit:frontend;challenge=Frontend React',
];
const MOVED = ['Ada Fictional', 'Bruno Makebelieve', 'Greta Notreal', 'Hana Madeup'];
const MISTAGGED = {
  name: 'Nia Nearmiss',
  emails: ['nia@example.com'],
  tags: ['codesubmit:frontedn'],
};
/** What `status` shows once all of them were seen to. */
const WANTED = { linked: 3, held: 2 };
/** Moved once the daemon is down, so that `preview` has something to foretell. */
const LATE = { name: 'Otto Lateron', emails: ['otto@example.com'], tags: ['codesubmit:backend'] };
const STATUS_MAP = '1=invited,2=started,3=submitted';
/** How far each is at CodeSubmit, by the number that it gives. */
const PROGRESS = { 'Bruno Makebelieve': 2, 'Greta Notreal': 3 };
/** Archived at last, so that `doctor` has something to find. */
const ARCHIVED = 'Frontend React';
/** The setup session fits a page; tables with links need more. */
const COLUMNS = { setup: 100, commands: 112 };

const PATIENCE_MS = 30_000;
const POLL_MS = 200;
const MAX_BYTES = 150_000;

function start(args, env) {
  const stdio = ['ignore', 'pipe', 'inherit'];
  return spawn(process.execPath, [PROGRAM, ...args], { env, stdio });
}

/** Ends a process that this script started, and waits until it has ended. */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

/** Runs a command to its end and returns its standard output. */
async function run(args, env) {
  const child = start(args, env);
  const closed = once(child, 'close');
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  const [code] = await closed;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return text;
}

/** Feeds each line of a long-running process to `take` and resolves with the first that it does not refuse by undefined. */
async function waitForLine(child, take) {
  const lines = createInterface({ input: child.stdout });
  const found = new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const value = take(line);
      if (value !== undefined) resolve(value);
    });
    child.once('close', () => {
      reject(new Error('a process ended before it was ready'));
    });
  });
  const late = delay(PATIENCE_MS, undefined, { ref: false }).then(() => {
    throw new Error('a process was not ready in time');
  });
  return Promise.race([found, late]);
}

/** The variables that the simulator prints for tests and scripts. */
function readExports(simulator) {
  const found = {};
  return waitForLine(simulator, (line) => {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) found[name] = value;
    return name === 'CODESUBMIT_API_KEY' ? found : undefined;
  });
}

function untilListening(daemon) {
  return waitForLine(daemon, (line) => (JSON.parse(line).msg === 'listening' ? true : undefined));
}

/** Drives the simulator, as docs/simulator.md says. */
function controlOf(leverOrigin) {
  const send = async (path, init) => {
    const response = await fetch(`${leverOrigin}/_simulator${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    state: () => send('/state'),
    call: (name, ...given) =>
      send('/call', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ call: name, with: given }),
      }),
  };
}

async function readStatus(env) {
  return JSON.parse(await run(['status', '--json'], env));
}

async function moveOne(control, name) {
  const { lever } = await control.state();
  const { id } = lever.opportunities.find((one) => one.name === name);
  await control.call('lever.actions.move', id, STAGE);
}

async function addAndMove(control, person) {
  await control.call('lever.actions.create', { ...person, stageId: 'Phone screen' });
  await moveOne(control, person.name);
}

async function goOn(control) {
  const { invitations } = (await control.state()).codesubmit;
  for (const [name, progress] of Object.entries(PROGRESS)) {
    const { id } = invitations.find((one) => name.startsWith(one.firstName));
    await control.call('codesubmit.setProgress', id, progress);
  }
}

async function archiveOne(control) {
  const { tests } = (await control.state()).codesubmit;
  const { id } = tests.find(({ name }) => name === ARCHIVED);
  await control.call('codesubmit.setTestArchived', id, true);
}

async function waitUntil(env, isSo) {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    if (isSo(await readStatus(env))) return;
    await delay(POLL_MS);
  }
  throw new Error('the candidates were not handled in time');
}

function isSeenTo({ counts, integration }) {
  const isDone = Object.entries(WANTED).every(([name, n]) => counts[name] === n);
  return isDone && integration.lastSweepAt !== null;
}

function isFollowed({ invitations }) {
  return Object.keys(PROGRESS).every((name) =>
    invitations.some(({ candidate, progress }) => {
      return candidate === name && (progress === 'started' || progress === 'submitted');
    }),
  );
}

/** The simulator's addresses as the vendors' own, and short enough for a picture. */
function shorten(text, { LEVER_API_URL, CODESUBMIT_API_URL }, folder) {
  return text
    .replaceAll(new URL(LEVER_API_URL).origin, 'https://hire.lever.co')
    .replaceAll(CODESUBMIT_API_URL, 'https://app.codesubmit.io')
    .replaceAll(new URL(LEVER_API_URL).host, 'api.lever.co')
    .replaceAll(new URL(CODESUBMIT_API_URL).host, 'app.codesubmit.io')
    .replaceAll(folder, '/var/lib/codesubmit-lever')
    .replace(/(\/c\/[^/\s]+\/)[^\s\u001b]+/g, '$1…')
    .replace(/[ \t]+$/gm, '')
    .trim();
}

async function drawTerminal(name, command, text) {
  const shown = `\u001b[32m$\u001b[39m ${command}\n${text}`;
  await writeFile(pathOf(`${name}.svg`), terminalSvg(shown, `${command}, on a terminal`));
  await noteSize(`${name}.svg`, MAX_BYTES);
}

async function drawBoard(leverOrigin) {
  const browser = await openBrowser();
  try {
    const board = await browser.newPage({ viewport: { width: 1280, height: 1020 } });
    await board.goto(`${leverOrigin}/`);
    await board.screenshot({ path: pathOf('board.png') });
    await noteSize('board.png', MAX_BYTES);
  } finally {
    await browser.close();
  }
}

/** The setup session from its first question to the first rule. */
async function sit(env, keys) {
  const terminal = new PicturedTerminal(env);
  await terminal.open(COLUMNS.setup);
  try {
    await terminal.begin('codesubmit-lever setup');
    await terminal.answer('Public address that Lever can reach', '');
    await terminal.answer('? Lever API key', keys.LEVER_API_KEY);
    await terminal.choose('Which Lever user should appear as the author?', 'Robin Recruiter');
    await terminal.answer('? CodeSubmit API key', keys.CODESUBMIT_API_KEY);
    await terminal.choose('Which stage starts the challenge?', STAGE);
    await terminal.until('The webhook');
    const lines = (await terminal.shown()).split('\n');
    const end = lines.findIndex((line) => line.includes('The webhook'));
    return lines.slice(1, end).join('\n');
  } finally {
    await terminal.close();
  }
}

/** What the commands print on a terminal, in this order. */
async function runAll(env, commands) {
  const terminal = new PicturedTerminal(env);
  await terminal.open(COLUMNS.commands);
  const shown = {};
  try {
    for (const command of commands)
      shown[command] = await terminal.run(`codesubmit-lever ${command}`);
  } finally {
    await terminal.close();
  }
  return shown;
}

async function play(folder, started) {
  const launch = (args, environment) => {
    const child = start(args, environment);
    started.push(child);
    return child;
  };
  await installProgram(folder);
  const bare = makeEnvironment(folder, join(folder, 'home'));
  const simulator = launch(['simulator', '--lever-port', '0', '--codesubmit-port', '0'], bare);
  const exported = await readExports(simulator);
  const env = { ...bare, ...exported, CODESUBMIT_SETTLE_SECONDS: '1' };
  const control = controlOf(new URL(env.LEVER_API_URL).origin);
  const draw = (name, text) =>
    drawTerminal(name, `codesubmit-lever ${name}`, shorten(text, env, join(folder, 'home')));

  const { LEVER_API_KEY, CODESUBMIT_API_KEY, ...addresses } = exported;
  const desk = { ...makeEnvironment(folder, join(folder, 'desk')), ...addresses };
  await draw('setup', await sit(desk, { LEVER_API_KEY, CODESUBMIT_API_KEY }));

  const rules = RULES.flatMap((rule) => ['--rule', rule]);
  const more = ['--sweep-minutes', '0.05', '--status-map', STATUS_MAP, '--hold-tags', 'on'];
  await run(['setup', '--no-input', '--public-url', 'none', ...more, ...rules], env);
  const daemon = launch(['serve', '--port', '0'], env);
  await untilListening(daemon);
  for (const name of MOVED) await moveOne(control, name);
  await addAndMove(control, MISTAGGED);
  await waitUntil(env, isSeenTo);
  await goOn(control);
  await waitUntil(env, isFollowed);
  await draw('status', (await runAll(env, ['status'])).status);
  await drawBoard(new URL(env.LEVER_API_URL).origin);
  await stop(daemon);
  await addAndMove(control, LATE);
  const { preview } = await runAll(env, ['preview']);
  await draw('preview', preview);
  await untilListening(launch(['serve', '--port', '0'], env));
  await archiveOne(control);
  const { doctor } = await runAll(env, ['doctor']);
  await draw('doctor', doctor);
}

const folder = await mkdtemp(join(tmpdir(), 'codesubmit-lever-pictures-'));
const started = [];
try {
  await play(folder, started);
} finally {
  for (const child of started.reverse()) await stop(child);
  await rm(folder, { recursive: true, force: true });
}
