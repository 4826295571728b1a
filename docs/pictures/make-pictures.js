// Makes the pictures of the README: the simulator's board and `status`, with fictional people, from the built program.
//
//   npm run build && node docs/pictures/make-pictures.js
//
// Wants a chromium at /usr/bin/chromium, or where CHROMIUM says.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const PROGRAM = fileURLToPath(new URL('../../bin/codesubmit-lever.js', import.meta.url));
const PUBLIC_URL = 'https://hooks.example.com';
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

const PATIENCE_MS = 30_000;
const POLL_MS = 200;
const MAX_BYTES = 150_000;
const CHROMIUM_ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Nothing of the person's own integration is inherited. */
function makeEnvironment(home) {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    ...{ PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) },
    CODESUBMIT_LEVER_HOME: home,
    CODESUBMIT_LEVER_SECRET_KEY: randomBytes(32).toString('base64'),
    LEVER_SIGNING_TOKEN: randomBytes(24).toString('hex'),
  };
}

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

/** The variables that the simulator prints for whoever practises against it. */
function readExports(simulator) {
  const found = {};
  return waitForLine(simulator, (line) => {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) found[name] = value;
    return name === 'CODESUBMIT_API_KEY' ? found : undefined;
  });
}

function readPort(daemon) {
  return waitForLine(daemon, (line) => {
    const { msg, port } = JSON.parse(line);
    return msg === 'listening' ? port : undefined;
  });
}

/** Drives the simulator, as docs/simulator.md says. */
function controlOf(leverOrigin) {
  const call = async (path, init) => {
    const response = await fetch(`${leverOrigin}/_simulator${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    read: (path) => call(path),
    post: (path, body) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  };
}

async function readStatus(env) {
  return JSON.parse(await run(['status', '--json'], env));
}

async function addWebhook(control, daemonUrl, env) {
  const { integration } = await readStatus(env);
  const { id } = await control.post('/lever/webhooks', {
    url: daemonUrl + new URL(integration.webhook.url).pathname,
    event: 'candidateStageChange',
    signatureToken: env.LEVER_SIGNING_TOKEN,
  });
  const { status } = await control.post('/lever/webhooks/verify', { id });
  if (status !== 200) throw new Error(`Verify Connection said ${status}`);
}

async function movePeople(control) {
  await control.post('/lever/candidates', { ...MISTAGGED, stageId: 'Phone screen' });
  const { opportunities } = await control.read('/lever/state');
  for (const name of [...MOVED, MISTAGGED.name]) {
    const { id } = opportunities.find((one) => one.name === name);
    await control.post('/lever/move', { opportunityId: id, stageId: STAGE });
  }
}

async function waitUntilDone(env) {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const { counts, integration } = await readStatus(env);
    const isDone = Object.entries(WANTED).every(([name, n]) => counts[name] === n);
    if (isDone && integration.lastSweepAt !== null) return;
    await delay(POLL_MS);
  }
  throw new Error('the people were not seen to in time');
}

/** The simulator's addresses as the vendor's own, and short enough for a picture. */
function shorten(text, codesubmitUrl) {
  return text
    .replaceAll(codesubmitUrl, 'https://app.codesubmit.io')
    .replace(/(\/c\/[^/\s]+\/)\S+/g, '$1…')
    .replace(/(\/webhooks\/lever\/[0-9a-f]{6})[0-9a-f]+/g, '$1…');
}

function escapeHtml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Terminal text as a page; the first line and the heads of tables are bold, as on a terminal. */
function terminalPage(command, text) {
  const lines = escapeHtml(text.trimEnd())
    .split('\n')
    .map((line, index) => (index === 0 || /^(ID|HELD) {2,}/.test(line) ? `<b>${line}</b>` : line));
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; }
    pre { display: inline-block; margin: 0; padding: 18px 22px; background: #14171c; color: #d7dce2;
      font: 14px/1.5 'DejaVu Sans Mono', 'Liberation Mono', monospace; }
    b { color: #fff; } i { color: #7dc98f; font-style: normal; }
  </style><pre><i>$</i> ${escapeHtml(command)}\n${lines.join('\n')}</pre>`;
}

async function picture(target, name) {
  const path = fileURLToPath(new URL(name, import.meta.url));
  await target.screenshot({ path });
  const { size } = await stat(path);
  process.stdout.write(`docs/pictures/${name}: ${Math.round(size / 1000)} kB\n`);
  if (size > MAX_BYTES) throw new Error(`${name} has more than ${MAX_BYTES} bytes`);
}

async function takePictures(leverOrigin, statusText) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  try {
    const viewport = { width: 1280, height: 1020 };
    const board = await browser.newPage({ viewport });
    await board.goto(`${leverOrigin}/`);
    await picture(board, 'board.png');
    const terminal = await browser.newPage({ viewport });
    await terminal.setContent(terminalPage('codesubmit-lever status', statusText));
    await picture(terminal.locator('pre'), 'status.png');
  } finally {
    await browser.close();
  }
}

async function play(home, started) {
  const launch = (args, environment) => {
    const child = start(args, environment);
    started.push(child);
    return child;
  };
  const bare = makeEnvironment(home);
  const simulator = launch(['simulator', '--lever-port', '0', '--codesubmit-port', '0'], bare);
  const env = { ...bare, ...(await readExports(simulator)) };
  const leverOrigin = new URL(env.LEVER_API_URL).origin;
  const control = controlOf(leverOrigin);
  const rules = RULES.flatMap((rule) => ['--rule', rule]);
  await run(['setup', '--no-input', '--public-url', PUBLIC_URL, ...rules], env);
  const port = await readPort(launch(['serve', '--port', '0'], env));
  await addWebhook(control, `http://127.0.0.1:${port}`, env);
  await movePeople(control);
  await waitUntilDone(env);
  const text = shorten(await run(['status'], env), env.CODESUBMIT_API_URL);
  await takePictures(leverOrigin, text);
}

const folder = await mkdtemp(join(tmpdir(), 'codesubmit-lever-pictures-'));
const started = [];
try {
  await play(join(folder, 'home'), started);
} finally {
  for (const child of started.reverse()) await stop(child);
  await rm(folder, { recursive: true, force: true });
}
