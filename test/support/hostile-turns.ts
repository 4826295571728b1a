/**
 * What a vendor or a candidate may send to keep the event loop busy, and the longest turn for each.
 */
import http from 'node:http';
import { catalogOf, rulesFor } from '../../src/domain/decide/challenge-tags.js';
import { matchRule } from '../../src/domain/decide/match-rule.js';
import { ApiError } from '../../src/domain/errors.js';
import type { ChallengeId } from '../../src/domain/ids.js';
import { EVERY_CHALLENGE } from '../../src/domain/rule.js';
import { stagesOfRules } from '../../src/bridge/look.js';
import { sweep } from '../../src/bridge/sweep.js';
import { parseDelivery } from '../../src/lever/verify-delivery.js';
import { isSameLink } from '../../src/domain/vendor-text.js';
import { alarmText } from '../../src/net/alarm-webhook.js';
import { CodeSubmitClient } from '../../src/codesubmit/codesubmit-client.js';
import { mayBeInvitedAlready } from '../../src/codesubmit/already-invited.js';
import { knownChallenges } from '../../src/codesubmit/what-list-proves.js';
import { LeverClient } from '../../src/lever/lever-client.js';
import { apiKeyAuth } from '../../src/lever/lever-client.js';
import { effectiveSettings } from '../../src/store/settings/settings.js';
import { StoreRig } from '../rigs/store.js';
import { closeServer, listen, originOf } from './local-server.js';
import { anybodyRule, CHALLENGE_STAGE, NOW, opportunityOf, ruleOf } from './fictional-records.js';

type Turn = () => unknown;

const MEBIBYTE = 1024 * 1024;
/** Instead of a status: the bytes are the whole reply, its headers too. */
const RAW = 0;
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const RULES = 20;

/** The processor time in ms of the longest turn of the event loop during `run`. */
export async function longestTurn(run: () => unknown): Promise<number> {
  let longest = 0;
  let last = process.cpuUsage();
  let isOver = false;
  const tick = (): void => {
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.cpuUsage();
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  await new Promise(setImmediate);
  await run();
  await new Promise(setImmediate);
  isOver = true;
  return longest;
}

/** Both vendors at one address, answering everything with the same bytes. */
export class HostileVendor {
  #answer: { status: number; body: Buffer } = { status: 200, body: Buffer.from('{}') };
  readonly #server = http.createServer((request, response) => {
    request.resume();
    const { status, body } = this.#answer;
    if (status === RAW) request.socket.end(body);
    else response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  readonly #bridge: StoreRig;

  constructor(folder: string) {
    this.#bridge = new StoreRig(folder, 'hostile');
    for (const rule of rules()) this.#bridge.addRule(rule);
  }

  listen(): Promise<string> {
    return listen(this.#server);
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
    this.#bridge.close();
  }

  get #origin(): string {
    return originOf(this.#server);
  }

  /** Reads the list of sent challenges to its end, or rejects it. */
  listSent(body: string | Buffer, status = 200): Turn {
    const answer = { status, body: Buffer.from(body) };
    return async () => {
      this.#answer = answer;
      await ignoreRefusal(() => this.#codesubmit().readSentPage(null));
    };
  }

  /** Sends a challenge, and reports the cause of the refusal. */
  refuse(body: string): Turn {
    const answer = { status: 400, body: Buffer.from(body) };
    const who = {
      email: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'Lovelace',
    };
    const order = { ...who, challengeId: '1' as ChallengeId, dueAt: null, timeLimitMinutes: null };
    return async () => {
      this.#answer = answer;
      const client = this.#codesubmit();
      await client.send(order).catch((error: unknown) => {
        if (error instanceof ApiError) mayBeInvitedAlready(error.body, error.status);
      });
    };
  }

  /** One sweep of the rules' stages, decided on disk. */
  sweep(records: readonly object[]): Turn {
    const answer = { status: 200, body: Buffer.from(JSON.stringify({ data: records })) };
    return async () => {
      this.#answer = answer;
      await this.#sweep();
    };
  }

  #sweep(): Promise<unknown> {
    const { app } = this.#bridge;
    const leverRate = { acquire: () => Promise.resolve() };
    const here = effectiveSettings({ leverApiUrl: this.#origin }, {});
    const lever = new LeverClient({ leverRate, http: app.http }, here, apiKeyAuth('key'));
    return sweep(
      app,
      () => lever,
      () => false,
      stagesOfRules(app),
    );
  }

  #codesubmit(): CodeSubmitClient {
    const http = this.#bridge.app.http;
    return new CodeSubmitClient(
      http,
      effectiveSettings({ codesubmitUrl: this.#origin }, {}),
      'key',
    );
  }
}

async function ignoreRefusal(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

function rules() {
  const stageId = CHALLENGE_STAGE;
  const tagged = Array.from({ length: RULES - 1 }, (_, at) =>
    ruleOf({ stageId, tag: `codesubmit:backend-${String.fromCharCode(97 + at)}-team` }),
  );
  return [...tagged, { ...anybodyRule, stageId }];
}

/** Three keys from every rule's tag, spread over it. */
function nearMisses(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `xodesubmit:bxckend-${at.toString(36)}-txam`);
}

function page(tagsOf: (at: number) => string[]): object[] {
  return Array.from({ length: 100 }, (_, at) => ({
    ...opportunityOf({ tags: tagsOf(at) }),
    id: `opportunity-${at}`,
    stage: CHALLENGE_STAGE,
    contact: `contact-${at}`,
    emails: [`person.${at}@example.com`],
    lastAdvancedAt: NOW,
  }));
}

/** The results of `make`, `count` of them, separated by commas. */
function many(count: number, make: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => make(at)).join(',');
}

export const BASELINE = 'an ordinary page of 100 candidates, decided';

/** Each prepares its content first, then runs it against us. */
export const HOSTILE_TURNS: Record<string, (vendor: HostileVendor) => Turn> = {
  [BASELINE]: (vendor) => vendor.sweep(page(() => ['Engineering', 'Full-time', 'Berlin'])),
  'a link of 40,000 slashes': () => {
    const link = `https://x.example/${'/'.repeat(40_000)}x`;
    return () => isSameLink(link, 'y');
  },
  'a refusal with a word of 60,000 letters': (vendor) =>
    vendor.refuse(JSON.stringify({ message: 'a'.repeat(60_000) })),
  'a refusal that names 900 fields': (vendor) =>
    vendor.refuse(`{${many(900, (at) => `"field${at}":"e-mail a"`)}}`),
  'an alarm of 20,000 characters': () => {
    const texts = ['a', 'a@', 'a.', 'a+:', '@.'].map((part) => part.repeat(20_000 / part.length));
    return () => texts.map((what) => alarmText({ what, fix: '' }));
  },
  '40,000 tags that are nearly right, as many as a reply may have': () => {
    const opportunity = opportunityOf({ tags: nearMisses(40_000) });
    const all = rules();
    return () => matchRule({ opportunity, rules: all, alreadyHad: new Set() });
  },
  '40,000 tags that name no challenge, under a rule for every challenge': () => {
    const tags = Array.from({ length: 40_000 }, (_, at) => `codesubmit:${at.toString(36)}`);
    const every = ruleOf({
      ...{ stageId: CHALLENGE_STAGE, tag: 'codesubmit:*' },
      ...{ challengeId: EVERY_CHALLENGE, challengeName: EVERY_CHALLENGE },
    });
    const all = [every, ...rules()];
    const opportunity = opportunityOf({ tags });
    return () => {
      const applied = rulesFor(tags, all, () => catalogOf([]));
      return matchRule({ opportunity, rules: applied, alreadyHad: new Set(), postingTags: null });
    };
  },
  'a page of 100 candidates with 350 nearly right tags each': (vendor) =>
    vendor.sweep(page((at) => nearMisses(350).map((tag) => `${tag}${at}`))),
  'a page of 100 candidates with names and links of 10,000 characters': (vendor) =>
    vendor.sweep(
      page(() => []).map((one) => ({
        ...one,
        ...{ name: 'n'.repeat(10_000), links: ['l'.repeat(10_000)], emails: ['e'.repeat(10_000)] },
      })),
    ),
  '13,000 challenges of one name, as many as a page may have': () => {
    const challenges = Array.from({ length: 13_000 }, (_, at) => ({
      id: String(at) as ChallengeId,
      name: 'Same',
      isArchived: false,
    }));
    return () => [catalogOf(challenges), knownChallenges(challenges)];
  },
  'a list of 35,000 empty objects': (vendor) => vendor.sweep(Array(35_000).fill({})),
  'a list of 35,000 rows': (vendor) => vendor.listSent(`[${many(35_000, () => '{}')}]`),
  'rows with 35,000 addresses that are nearly a link': (vendor) =>
    vendor.listSent(
      `[${many(350, () => `[{"a":[${many(98, () => '"https://app.codesubmit.io/c/../x"')}]}]`)}]`,
    ),
  'a million different keys': (vendor) =>
    vendor.listSent(`{${many(300_000, (at) => `"${at.toString(36)}":1`)}}`),
  'as many different keys as a reply may have': (vendor) =>
    vendor.listSent(`{${many(39_000, (at) => `"${at.toString(36)}":1`)}}`),
  'a million brackets': (vendor) => vendor.listSent('['.repeat(MEBIBYTE)),
  'four megabytes of one string': (vendor) =>
    vendor.listSent(`["${'ж'.repeat(2 * MEBIBYTE - 8)}"]`),
  'four megabytes of escapes': (vendor) => vendor.listSent(`["${'\\"'.repeat(2 * MEBIBYTE - 8)}"]`),
  'a reply in chunks of one byte': (vendor) =>
    vendor.listSent(CHUNKED + '1\r\n \r\n'.repeat(2 * MEBIBYTE), RAW),
  '100 Continue without end': (vendor) =>
    vendor.listSent('HTTP/1.1 100 Continue\r\n\r\n'.repeat(200_000), RAW),
  '102 Processing without end': (vendor) =>
    vendor.listSent('HTTP/1.1 102 Processing\r\n\r\n'.repeat(200_000), RAW),
  '70,000 numbers of many digits': (vendor) =>
    vendor.listSent(`[${many(70_000, () => `9007199254740993.${'0'.repeat(38)}1`)}]`),
  'as many digits as a reply may have': (vendor) =>
    vendor.listSent(`[${many(19_000, () => '3.518437208883201171875')}]`),
  'a row of 39,000 addresses that are nearly a link': (vendor) =>
    vendor.listSent(`[{"a":[${many(39_000, () => '"https://app.codesubmit.io/c/../x"')}]}]`),
  'a candidate with 39,000 links': (vendor) =>
    vendor.sweep(
      page(() => [])
        .slice(0, 1)
        .map((one) => ({
          ...one,
          links: Array.from({ length: 39_000 }, (_, at) => `https://app.codesubmit.io/c/${at}`),
        })),
    ),
  'four megabytes of 0xff': (vendor) => vendor.listSent(Buffer.alloc(4 * MEBIBYTE - 8, 0xff)),
  'a refusal of four megabytes of 0xff': (vendor) =>
    vendor.listSent(Buffer.alloc(4 * MEBIBYTE - 8, 0xff), 400),
  'four megabytes of nothing': (vendor) => vendor.listSent(' '.repeat(4 * MEBIBYTE - 8)),
  'a delivery of 256 kB': () => {
    const bytes = Buffer.from('['.repeat(128 * 1024) + ']'.repeat(128 * 1024));
    return () => parseDelivery(bytes, []);
  },
};
