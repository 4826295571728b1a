// Makes the moving picture of the README from the real demo: a candidate is dragged on the simulated Lever's board, the
// terminal beside it says what follows, and the link is on the candidate's page.
//
//   npm run build && node docs/pictures/make-demo.js
//
// Wants tmux, and a chromium at /usr/bin/chromium, or where CHROMIUM says.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { animatedPng } from './animated-png.js';
import {
  installProgram,
  makeEnvironment,
  noteSize,
  openBrowser,
  pathOf,
} from './pictured-program.js';
import { PicturedTerminal } from './pictured-terminal.js';
import { terminalSvg } from './terminal-svg.js';

const FILE = 'demo.png';
const MAX_BYTES = 400_000;
const CANDIDATE = 'Ada Fictional';
const STAGE = 'Take-home';
const WIDTH = 1280;
const BOARD_HEIGHT = 440;
/** Small enough for all six columns, and for a whole tag on a card. */
const ZOOM = 0.92;
const TERMINAL = { columns: 148, rows: 13 };
const PATIENCE_MS = 30_000;
const STEPS = { toCard: 4, drag: 6, toName: 4 };
const MS = { start: 1800, step: 90, dropped: 600, line: 900, linked: 1600, end: 4500 };

const STAGE_PAGE = `<!doctype html><style>
  body { margin: 0; width: ${WIDTH}px; background: #14171c; position: relative; overflow: hidden; }
  #board { display: block; width: ${WIDTH}px; height: ${BOARD_HEIGHT}px; }
  #terminal svg { display: block; }
  #ghost, #cursor { position: absolute; left: 0; top: 0; }
  #ghost { opacity: .85; rotate: 2deg; box-shadow: 0 6px 18px rgb(0 0 0 / .25); border-radius: 7px; }
  </style><img id="board"><div id="terminal"></div><img id="ghost" hidden>
  <svg id="cursor" width="22" height="30" viewBox="0 0 22 30"><path d="M2 2v22l6-5 4 9 4-2-4-8h8z"
  fill="#111" stroke="#fff" stroke-width="1.6" stroke-linejoin="round"/></svg>`;

const dataUrl = (png) => `data:image/png;base64,${png.toString('base64')}`;

/** Board above, terminal below, the mouse over both; photographed whenever something has changed. */
class Film {
  #page;
  #frames = [];
  mouse = { x: 560, y: 340 };

  constructor(page) {
    this.#page = page;
  }

  async photograph(ms, { board, terminal, ghost } = {}) {
    const shown = {
      board: board && dataUrl(board),
      terminal: terminal && terminalSvg(terminal, 'The demo on a terminal'),
      ghost: ghost && { ...ghost, src: dataUrl(ghost.image) },
      mouse: this.mouse,
    };
    await this.#page.evaluate(async ({ board, terminal, ghost, mouse }) => {
      const find = (id) => document.getElementById(id);
      if (board) find('board').src = board;
      if (terminal) find('terminal').innerHTML = terminal;
      find('ghost').hidden = !ghost;
      if (ghost) find('ghost').src = ghost.src;
      if (ghost) find('ghost').style.translate = `${mouse.x - ghost.x}px ${mouse.y - ghost.y}px`;
      find('cursor').style.translate = `${mouse.x - 2}px ${mouse.y - 2}px`;
      await Promise.all([...document.images].filter((one) => one.src).map((one) => one.decode()));
    }, shown);
    const image = dataUrl(await this.#page.screenshot());
    const { width, height, text } = await this.#page.evaluate(async (src) => {
      const bitmap = await createImageBitmap(await (await fetch(src)).blob());
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d');
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      let text = '';
      for (let at = 0; at < data.length; at += 32_768)
        text += String.fromCharCode(...data.subarray(at, at + 32_768));
      return { width: bitmap.width, height: bitmap.height, text: btoa(text) };
    }, image);
    const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
    this.#frames.push({ pixels: new Uint32Array(bytes.buffer), width, height, ms });
  }

  /** Moves the mouse to a place; `at` is called on the way, for each step. */
  async move(target, steps, at) {
    const from = this.mouse;
    for (let step = 1; step <= steps; step++) {
      const part = step / steps;
      this.mouse = {
        x: Math.round(from.x + (target.x - from.x) * part),
        y: Math.round(from.y + (target.y - from.y) * part),
      };
      await at();
    }
  }

  save() {
    return writeFile(pathOf(FILE), animatedPng(this.#frames));
  }
}

/** The last lines that fit, and never fewer, so that the picture keeps its size. */
function lastLines(text) {
  const lines = text
    .replace(/[ \t]+$/gm, '')
    .trimEnd()
    .split('\n')
    .slice(-TERMINAL.rows);
  const empty = Array.from({ length: TERMINAL.rows - lines.length }, () => '');
  const [first, ...rest] = [...lines, ...empty];
  return [first.padEnd(TERMINAL.columns), ...rest].join('\n');
}

function centre({ x, y, width, height }) {
  return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
}

/** The address that the demo names for its board, once the webhook is connected. */
async function waitForBoard(terminal) {
  await terminal.until(/Ctrl-C/);
  const addresses = (await terminal.shown()).match(/http:\/\/127\.0\.0\.1:\d+\/(?=[\s\u001b])/g);
  return addresses[0];
}

async function play(film, board, terminal) {
  const look = () => board.screenshot();
  const read = async () => lastLines(await terminal.shown('-J'));
  const card = board.locator('.card', { hasText: CANDIDATE });
  const target = board.getByRole('region', { name: STAGE });
  await film.photograph(MS.start, { board: await look(), terminal: await read() });

  const grip = { x: 70, y: 22 };
  const { x, y } = await card.boundingBox();
  const image = await card.screenshot();
  await film.move({ x: x + grip.x, y: y + grip.y }, STEPS.toCard, () => film.photograph(MS.step));
  await board.mouse.move(film.mouse.x, film.mouse.y);
  await board.mouse.down();
  const goal = await target.boundingBox();
  await film.move({ x: goal.x + grip.x, y: 170 }, STEPS.drag, async () => {
    await board.mouse.move(film.mouse.x, film.mouse.y);
    await film.photograph(MS.step, { board: await look(), ghost: { image, ...grip } });
  });
  const moved = board.waitForEvent('load');
  await board.mouse.up();
  await moved;
  await film.photograph(MS.dropped, { board: await look() });

  const until = performance.now() + PATIENCE_MS;
  for (let last = await read(); !last.includes('/c/');) {
    if (performance.now() > until) throw new Error(`the link did not come:\n${last}`);
    const shown = await read();
    if (shown !== last) await film.photograph(MS.line, { terminal: shown });
    last = shown;
  }
  await film.photograph(MS.linked, { board: await look(), terminal: await read() });

  const name = board.getByTestId('card-name').filter({ hasText: CANDIDATE });
  await film.move(centre(await name.boundingBox()), STEPS.toName, () => film.photograph(MS.step));
  await name.click();
  await board.getByText('/c/').first().scrollIntoViewIfNeeded();
  await film.photograph(MS.end, { board: await look() });
}

const folder = await mkdtemp(join(tmpdir(), 'codesubmit-lever-demo-picture-'));
const env = { ...makeEnvironment(folder, join(folder, 'home')), BROWSER: 'true' };
const terminal = new PicturedTerminal(env);
const browser = await openBrowser();
try {
  await installProgram(folder);
  await terminal.open(TERMINAL.columns);
  await terminal.begin('codesubmit-lever demo');
  const board = await browser.newPage({ viewport: { width: WIDTH, height: BOARD_HEIGHT } });
  await board.addInitScript((zoom) => {
    document.addEventListener('DOMContentLoaded', () => {
      document.documentElement.style.zoom = zoom;
    });
  }, ZOOM);
  await board.goto(await waitForBoard(terminal));
  const page = await browser.newPage({
    viewport: { width: WIDTH, height: BOARD_HEIGHT + 32 + TERMINAL.rows * 19 },
  });
  await page.setContent(STAGE_PAGE);
  const film = new Film(page);
  await play(film, board, terminal);
  await film.save();
  await noteSize(FILE, MAX_BYTES);
  await terminal.interrupt();
} finally {
  await browser.close();
  await terminal.close();
  await rm(folder, { recursive: true, force: true });
}
