/** Carries requests to the two vendors' worlds, which are plain objects: each takes its time, and may be lost on its way. */
import { leavesUnanswered } from '../../src/simulator/faults/fault-hooks.js';
import type { ArmedFault, FaultPlan } from '../../src/simulator/faults/fault-plan.js';
import { replaceAnswer } from '../../src/simulator/faults/replace-answer.js';
import {
  codeSubmitRefusal,
  codeSubmitRoutes,
} from '../../src/simulator/codesubmit/codesubmit-api.js';
import type { CodeSubmitWorld } from '../../src/simulator/codesubmit/codesubmit-world.js';
import { answerLever, leverRefusal, leverRoutes } from '../../src/simulator/lever/lever-api.js';
import type { LeverWorld } from '../../src/simulator/lever/lever-world.js';
import { RateMeter } from '../../src/simulator/lever/rate-meter.js';
import type { RequestEntry, RequestLog } from '../../src/simulator/request-log.js';
import type { Wire } from '../../src/net/http-client.js';
import { WireFailure, type WireReply, type WireRequest } from '../../src/net/send-request.js';
import type { TappedRequest } from '../rigs/vendor-tap.js';
import type { Dice } from './dice.js';
import type { SimulatedTime } from './simulated-time.js';

export const LEVER = 'http://127.0.0.1:1';
export const CODESUBMIT = 'http://127.0.0.1:2';

export interface Worlds {
  lever: LeverWorld;
  codesubmit: CodeSubmitWorld;
}

/** At which moment of a request something may be done about it. */
export type Moment = 'sent' | 'worked' | 'answered' | 'committed';

/** What a process is to the wire: one that has died gets no answer. */
export interface Caller {
  isDead: boolean;
  /** Called at each moment; may let the process die in it. False discards the request. */
  onMoment: (moment: Moment, request: TappedRequest) => boolean;
}

interface Found {
  world: { faults: FaultPlan; requests: RequestLog; now: () => number };
  /** The pattern of its path. */
  route: string;
  /** @throws what `refuse` words. */
  work: (entry: RequestEntry) => { status?: number; body?: unknown };
  refuse: (error: unknown) => { status: number; body: unknown };
}

const TOTAL_MS = 30_000;
const ABOVE_RATE: ArmedFault = { id: 'rate', kind: '429', when: 'before', retryAfter: 1, hits: 0 };
/** Doctor tries what may be written where nothing is. */
const NOBODY = /\/00000000-0000-0000-0000-000000000000\//;

export class SimulatedWire {
  calls = 0;
  /** Calls that change something at a vendor. */
  effects = 0;
  /** By when calls leave: on their way some may catch up with others. */
  leverRate = new RateMeter();
  /** Enforced once it is set. */
  codesubmitRate: RateMeter | undefined;
  /** A line for each request that a vendor got. */
  readonly story: string[] = [];

  constructor(
    private readonly time: SimulatedTime,
    readonly worlds: Worlds,
    private readonly dice: Dice,
  ) {}

  /** Whether a set-up was lived through or taken from memory shows in nothing that follows. */
  forgetSince(lines: number): void {
    this.story.length = lines;
    this.leverRate = new RateMeter();
    // By their number a list may come in another order.
    for (const { requests } of [this.worlds.lever, this.worlds.codesubmit]) requests.clear();
  }

  /** As one process sees it. */
  of(caller: Caller): Wire {
    return {
      send: (request) => this.#send(request, caller),
      elapsedMs: () => this.time.monotonicMs(),
    };
  }

  #send(request: WireRequest, caller: Caller): Promise<WireReply> {
    if (caller.isDead) return new Promise(() => undefined);
    this.calls += 1;
    if (request.method !== 'GET' && !NOBODY.test(request.url.pathname)) this.effects += 1;
    if (request.url.origin !== CODESUBMIT) this.leverRate.admit('', this.time.monotonicMs());
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(
        this.time,
        this.worlds,
        request,
        caller,
        { resolve, reject },
        this.story,
      );
      const { tapped } = exchange;
      const isCodeSubmit = request.url.origin === CODESUBMIT;
      if (!caller.onMoment('sent', tapped)) return;
      this.time.onItsWay(this.dice.delayMs(), () => {
        const isAbove =
          isCodeSubmit && this.codesubmitRate?.admit('', this.time.monotonicMs()) === false;
        exchange.arrive(this.dice.delayMs(), isAbove ? ABOVE_RATE : undefined);
      });
    });
  }
}

class Exchange {
  readonly tapped: TappedRequest;
  readonly #url: URL;

  constructor(
    private readonly time: SimulatedTime,
    private readonly worlds: Worlds,
    private readonly request: WireRequest,
    private readonly caller: Caller,
    private readonly promise: {
      resolve: (reply: WireReply) => void;
      reject: (error: unknown) => void;
    },
    private readonly story: string[],
  ) {
    this.#url = request.url;
    this.tapped = {
      method: request.method,
      path: this.#url.pathname,
      body: request.body ?? '',
    };
  }

  /** At the vendor, whether or not the process that sent it is still alive. */
  arrive(backMs: number, refusal?: ArmedFault): void {
    const { method, path } = this.tapped;
    const found = find(this.worlds, this.request);
    const { world, route } = found;
    const query = queryOf(this.#url);
    const entry = world.requests.begin({ method, route, path, query, at: world.now() });
    const fault = refusal ?? world.faults.strike(method, route, path);
    if (fault) entry.fault = `${fault.kind} ${fault.when}`;
    if (method !== 'GET') entry.body = bodyOf(this.request);
    if (fault?.when === 'before' && fault.kind !== 'delay') {
      this.#tell(`${fault.kind} in place of an answer`);
      this.#spoil(fault, world.now(), '', backMs);
      return;
    }
    const work = (): void => this.#work(found, entry, fault, backMs);
    // Before the work, a delay keeps it back; a long one beyond the end of the connection.
    const delayMs = fault?.when === 'before' ? (fault.delayMs ?? 0) : 0;
    if (delayMs > TOTAL_MS) {
      this.#fail('timeout', TOTAL_MS);
      this.time.after(delayMs, work);
    } else if (delayMs > 0) this.time.onItsWay(delayMs, work);
    else work();
  }

  #work(found: Found, entry: RequestEntry, fault: ArmedFault | undefined, backMs: number): void {
    const { world } = found;
    const { status, text } = answer(found, entry);
    entry.worked = status < 400;
    entry.status = status;
    const spoiled = fault && fault.kind !== 'delay' ? `, then ${fault.kind}` : '';
    this.#tell(`${String(status)}${spoiled}`);
    this.caller.onMoment('worked', this.tapped);
    const slowMs = backMs + (fault?.when === 'after' ? (fault.delayMs ?? 0) : 0);
    if (fault && fault.kind !== 'delay') this.#spoil(fault, world.now(), text, backMs, status);
    else this.#reply({ status, headers: dated(world.now()), text }, slowMs);
  }

  #tell(outcome: string): void {
    const { method, path, body } = this.tapped;
    const at = new Date(this.time.now()).toISOString().slice(0, 23).replace('T', ' ');
    this.story.push(
      `${at}  ${method} ${path}${this.#url.search} ${body.slice(0, 200)} → ${outcome}`,
    );
  }

  #spoil(fault: ArmedFault, now: number, text: string, backMs: number, status = 200): void {
    if (leavesUnanswered(fault)) {
      const isHanging = fault.kind === 'black-hole';
      this.#fail(isHanging ? 'timeout' : 'ECONNRESET', isHanging ? TOTAL_MS : backMs);
      return;
    }
    const replaced = replaceAnswer(fault, text);
    const headers = { ...dated(now), ...replaced.headers };
    this.#reply({ status: replaced.status ?? status, headers, text: replaced.body }, backMs);
  }

  #reply(reply: WireReply, ms: number): void {
    this.time.onItsWay(ms, () => {
      this.caller.onMoment('answered', this.tapped);
      if (!this.caller.isDead) this.promise.resolve(reply);
    });
  }

  #fail(reason: string, ms: number): void {
    this.time.onItsWay(ms, () => {
      if (!this.caller.isDead) this.promise.reject(new WireFailure(reason, true));
    });
  }
}

function dated(now: number): Record<string, string> {
  return { date: new Date(now).toUTCString() };
}

function answer(found: Found, entry: RequestEntry): { status: number; text: string } {
  try {
    const { status = 200, body } = found.work(entry);
    return { status, text: body === undefined ? '' : JSON.stringify(body) };
  } catch (error) {
    const { status, body } = found.refuse(error);
    return { status, text: typeof body === 'string' ? body : JSON.stringify(body) };
  }
}

const leverPatterns = leverRoutes.map((route) => ({ route, names: route.path.split('/') }));

function find({ lever, codesubmit }: Worlds, request: WireRequest): Found {
  const { method, url, headers } = request;
  if (url.origin === CODESUBMIT) {
    const route = codeSubmitRoutes.find(
      (one) => one.method === method && one.path === url.pathname,
    );
    if (!route) throw new Error(`CodeSubmit has no ${method} ${url.pathname}`);
    return {
      world: codesubmit,
      route: route.path,
      work: (entry) =>
        route.answer(codesubmit, {
          apiKey: headers['X-API-Key'] ?? headers['x-api-key'],
          query: queryOf(url),
          body: bodyOf(request),
          entry,
        }),
      refuse: (error) => codeSubmitRefusal(codesubmit, error),
    };
  }
  const parts = url.pathname.replace(/^\/v1/, '').split('/');
  for (const { route, names } of leverPatterns) {
    const params = route.method === method ? paramsOf(names, parts) : undefined;
    if (!params) continue;
    return {
      world: lever,
      route: `/v1${route.path}`,
      work: (entry) =>
        answerLever(lever, route, {
          authorization: headers.authorization,
          params,
          query: queryOf(url),
          body: bodyOf(request),
          entry,
        }),
      refuse: leverRefusal,
    };
  }
  throw new Error(`Lever has no ${method} ${url.pathname}`);
}

/** Undefined when the path isn't of this pattern. */
function paramsOf(
  names: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  if (names.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, name] of names.entries()) {
    const part = parts[at] ?? '';
    if (name.startsWith(':')) params[name.slice(1)] = decodeURIComponent(part);
    else if (name !== part) return undefined;
  }
  return params;
}

function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const all = url.searchParams.getAll(name);
    query[name] = all.length > 1 ? all : (all[0] ?? '');
  }
  return query;
}

function bodyOf({ body }: WireRequest): unknown {
  return body === undefined ? undefined : JSON.parse(body);
}
