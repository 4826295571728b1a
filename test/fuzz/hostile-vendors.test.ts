/**
 * Vendors that answer anything: every call of our clients ends soon, in little memory, with a reply
 * or one clear error. Short in `npm test`, 3,000 questions in `npm run test:fuzz`. SEED,
 * FUZZ_CLASS and FUZZ_NUMBER repeat one.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CodeSubmitClient } from '../../src/codesubmit/codesubmit-client.js';
import { mayBeInvitedAlready } from '../../src/codesubmit/already-invited.js';
import { effectiveSettings } from '../../src/store/settings/settings.js';
import { ApiError, AppError } from '../../src/domain/errors.js';
import { failureInWords } from '../../src/domain/failure-words.js';
import type { ChallengeId, OpportunityId, StageId } from '../../src/domain/ids.js';
import { apiKeyAuth } from '../../src/lever/lever-client.js';
import { LeverClient } from '../../src/lever/lever-client.js';
import { LeverOAuth } from '../../src/lever/oauth-client.js';
import { isFull } from '../support/fault-tools.js';
import { listen } from '../support/local-server.js';
import { SEED } from '../support/seed.js';
import { Draw } from './draw.js';
import { ANSWERS, type Answer } from './hostile-answers.js';

const { FUZZ_CLASS, FUZZ_NUMBER, FUZZ_QUESTIONS } = process.env;
const QUESTIONS = Number(FUZZ_QUESTIONS ?? (isFull ? 3_000 : 140));
/** Time limit of one request; a question may need a few. */
const TIMEOUT_MS = isFull ? 1_000 : 300;
const SLOWEST_MS = 60_000;
const MOST_MB = 700;
const LONGEST_MESSAGE = 400;

let server: Server;
let origin: string;
let answer: Answer = { bytes: Buffer.alloc(0) };
const sockets = new Set<Socket>();

beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', () => reply(socket, answer));
  });
  origin = await listen(server);
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

function reply(socket: Socket, { bytes, endless, isLeftOpen = false }: Answer): void {
  socket.write(bytes);
  if (endless) {
    const pour = (): void => {
      while (!socket.destroyed && socket.write(endless));
    };
    socket.on('drain', pour);
    pour();
  } else if (!isLeftOpen) {
    socket.end();
  }
}

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

/** Every question to a vendor. */
function questions(): Record<string, () => Promise<unknown>> {
  const settings = { version: '0', timeoutMs: TIMEOUT_MS };
  const here = effectiveSettings(
    {
      leverApiUrl: `${origin}/v1`,
      leverAuthorizeUrl: `${origin}/authorize`,
      leverTokenUrl: `${origin}/oauth/token`,
      codesubmitUrl: origin,
    },
    {},
  );
  const leverRate = { acquire: () => Promise.resolve() };
  const lever = new LeverClient({ leverRate, http: settings }, here, apiKeyAuth('key'));
  const codesubmit = new CodeSubmitClient(settings, here, 'key');
  const oauth = new LeverOAuth(here, { id: 'id', secret: 'secret' }, settings);
  const [id, stage] = ['o-1' as OpportunityId, 's-1' as StageId];
  const order = {
    ...{
      challengeId: 't-1' as ChallengeId,
      email: 'ada@example.com',
      firstName: 'Ada',
    },
    ...{ lastName: 'Fictional', dueAt: null, timeLimitMinutes: null },
  };
  return {
    checkKey: () => lever.checkKey(),
    readOpportunity: () => lever.readOpportunity(id),
    listStage: () => collect(lever.listStage(stage)),
    listByEmail: () => lever.listByEmail('ada@example.com'),
    listDeleted: () => lever.listDeleted(0),
    listStages: () => lever.listStages(),
    listUsers: () => lever.listUsers(),
    listTags: () => lever.listTags(),
    readPostingTags: () => lever.readPostingTags(id),
    hasNote: () => lever.hasNote(id, 'part'),
    addNote: () => lever.addNote(id, 'note'),
    addLink: () => lever.addLink(id, 'https://app.codesubmit.io/c/x'),
    addTags: () => lever.addTags(id, ['a']),
    canReadConfidential: () => lever.canReadConfidential(),
    refresh: () => oauth.refresh('refresh'),
    codesubmitKey: () => codesubmit.checkKey(),
    listChallenges: () => codesubmit.listChallenges(),
    readSentPage: () => codesubmit.readSentPage(null),
    send: async () => {
      const sent = codesubmit.send(order);
      return sent.catch((error: unknown) => {
        if (error instanceof ApiError) mayBeInvitedAlready(error.body, error.status);
        throw error;
      });
    },
  };
}

const UNSHOWABLE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** What is wrong with how a question ended; undefined if nothing. */
function faultOf(error: unknown): string | undefined {
  if (!(error instanceof ApiError) && !(error instanceof AppError))
    return `no error of ours: ${String(error)}`;
  const text = error instanceof ApiError ? failureInWords(error) : error.message;
  if (text.length > LONGEST_MESSAGE) return `long: ${text.slice(0, LONGEST_MESSAGE)}`;
  return UNSHOWABLE.test(text) ? `unshowable: ${JSON.stringify(text)}` : undefined;
}

interface Ending {
  word: string;
  fault: string | undefined;
  tookMs: number;
}

async function ask(question: () => Promise<unknown>): Promise<Ending> {
  const startedMs = performance.now();
  const tookMs = (): number => Math.round(performance.now() - startedMs);
  try {
    await question();
    return { word: 'answered', fault: undefined, tookMs: tookMs() };
  } catch (error) {
    const word = error instanceof ApiError ? error.kind : 'other error';
    return { word, fault: faultOf(error), tookMs: tookMs() };
  }
}

it(
  'every question ends soon, in little memory, with an answer or one clear error',
  { timeout: 3_600_000 },
  async () => {
    const asked = questions();
    const [classes, names] = [Object.keys(ANSWERS), Object.keys(asked)];
    const figures: Record<string, Record<string, number>> = {};
    const wrong: object[] = [];
    let highestMb = 0;
    const isReplay = FUZZ_CLASS !== undefined && FUZZ_NUMBER !== undefined;
    for (let number = isReplay ? Number(FUZZ_NUMBER) : 0; number < QUESTIONS; number += 1) {
      const name = FUZZ_CLASS ?? classes[number % classes.length]!;
      const draw = new Draw(SEED + number * 1_013);
      answer = ANSWERS[name]!(draw);
      const question = names[number % names.length]!;
      const { word, fault, tookMs } = await ask(asked[question]!);
      const tally = (figures[name] ??= { asked: 0, slowestMs: 0 });
      tally.asked! += 1;
      tally[word] = (tally[word] ?? 0) + 1;
      tally.slowestMs = Math.max(tally.slowestMs!, tookMs);
      highestMb = Math.max(highestMb, Math.round(process.memoryUsage.rss() / 1_048_576));
      if (fault !== undefined || tookMs > SLOWEST_MS) {
        const bytes = answer.bytes.subarray(0, 300).toString('latin1');
        wrong.push({
          SEED,
          FUZZ_CLASS: name,
          FUZZ_NUMBER: number,
          question,
          fault,
          tookMs,
          bytes,
        });
      }
      for (const socket of sockets) socket.destroy();
      if (isReplay) break;
    }
    process.stderr.write(`hostile vendors: ${JSON.stringify({ seed: SEED, highestMb })}\n`);
    for (const [name, tally] of Object.entries(figures)) {
      process.stderr.write(`hostile vendors: ${name.padEnd(24)} ${JSON.stringify(tally)}\n`);
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
    expect(highestMb).toBeLessThan(MOST_MB);
  },
);
