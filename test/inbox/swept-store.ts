/** The app on disk and the sweep on a simulated Lever over HTTP, both by one clock that moves only when told. */
import type { OpportunityId, RuleId, StageId } from '../../src/domain/ids.js';
import {
  makeBatchHandler,
  makeLookHandler,
  makeSweep,
} from '../../src/pipeline/create-pipeline.js';
import type { BatchHandler } from '../../src/pipeline/inbox/batch-handler.js';
import type { LookHandler } from '../../src/pipeline/inbox/look-handler.js';
import { SharedReads } from '../../src/pipeline/inbox/read-memory.js';
import { BatchWindow } from '../../src/pipeline/inbox/stage-batches.js';
import type { Sweep } from '../../src/pipeline/inbox/sweep.js';
import { VendorAccess } from '../../src/pipeline/vendor-access.js';
import { rightsWithout } from '../../src/simulator/lever/lever-access.js';
import type { OpportunityInput } from '../../src/simulator/lever/new-opportunity.js';
import type { RequestEntry } from '../../src/simulator/request-log.js';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import type { Simulator } from '../../src/simulator/start-simulator.js';
import type { NewRule } from '../../src/storage/state/rule-store.js';
import {
  sendRequest,
  type WireReply,
  type WireRequest,
} from '../../src/vendors/http/send-request.js';
import { LeverClient } from '../../src/vendors/lever/api/lever-client.js';
import { apiKeyAuth } from '../../src/vendors/lever/api/lever-connection.js';
import { StoreRig } from '../rigs/store.js';
import { backendRule } from '../support/fictional-records.js';

export const TAKE_HOME = 'Take-home';
export const BEFORE = 'Phone screen';
const TAG = backendRule.tag;

export class SweptStore {
  readonly sweep: Sweep;
  readonly lever: VendorAccess<LeverClient>;
  /** Asked by the sweep before each page. */
  isStopped = (): boolean => false;
  /** Whether the key in use has the right to. */
  mayReadConfidential = true;
  /** Awaited before each request to Lever. */
  beforeRequest = async (): Promise<unknown> => undefined;
  /** Awaited before each reply of Lever is taken. */
  beforeReply = async (): Promise<unknown> => undefined;
  /** With every right. */
  readonly full: VendorAccess<LeverClient>;
  readonly reads: SharedReads;
  readonly #looks: LookHandler;
  readonly #stageBatches: BatchHandler;
  readonly #window: BatchWindow;
  #people = 0;

  private constructor(
    readonly bridge: StoreRig,
    readonly simulator: Simulator,
  ) {
    const { app } = bridge;
    const { clock } = app.runtime;
    const limited = simulator.lever.access.addKey({
      name: 'Limited',
      rights: rightsWithout('confidential:access'),
    });
    const full = this.#client(seedLeverApiKey, true);
    this.full = new VendorAccess('lever', () => full, app);
    const withoutRight = this.#client(limited.credential, false);
    const lever = () => (this.mayReadConfidential ? full : withoutRight);
    this.lever = new VendorAccess('lever', lever, app);
    this.reads = new SharedReads(clock);
    this.#window = new BatchWindow(clock);
    const reading = { lever, reads: this.reads };
    const hooks = { onDecided: () => undefined, isStopped: () => this.isStopped() };
    this.sweep = makeSweep(app, reading, hooks);
    this.#looks = makeLookHandler(app, this.lever, this.reads);
    this.#stageBatches = makeBatchHandler(app, this.lever, this.reads, hooks);
  }

  #client(key: string, includeConfidential: boolean): LeverClient {
    const send = async (request: WireRequest): Promise<WireReply> => {
      const reply = await sendRequest(request);
      await this.beforeReply();
      return reply;
    };
    return new LeverClient({
      baseUrl: this.simulator.leverApiUrl,
      auth: apiKeyAuth(key),
      rate: {
        acquire: async () => {
          await this.beforeRequest();
        },
      },
      http: { ...this.bridge.app.http, wire: { send, elapsedMs: () => performance.now() } },
      performAs: null,
      includeConfidential,
    });
  }

  /** Set up and active with one rule: the take-home stage and the backend tag. */
  static async open(folder: string, name: string): Promise<SweptStore> {
    const bridge = new StoreRig(folder, name);
    const simulator = await bridge.startVendors();
    const world = new SweptStore(bridge, simulator);
    world.addRule();
    bridge.setBrake(null);
    return world;
  }

  /** The same Lever, seen from another home. */
  reopened(bridge: StoreRig): SweptStore {
    bridge.clock.advance(this.bridge.clock.now() - bridge.clock.now());
    return new SweptStore(bridge, this.simulator);
  }

  async close(): Promise<void> {
    this.bridge.close();
    await this.simulator.close();
  }

  stageId(name = TAKE_HOME): StageId {
    return this.simulator.lever.account.getStage(name).id as StageId;
  }

  addRule(overrides: Partial<NewRule> = {}, activatedAt?: number): RuleId {
    const rule = { stageId: this.stageId(), stageName: TAKE_HOME, ...overrides };
    return this.bridge.addRule(rule, activatedAt);
  }

  /** A new candidate each time, in the rule's stage with its tag unless stated otherwise. */
  person(overrides: Partial<OpportunityInput> = {}): OpportunityId {
    const name = `Person Number${String(++this.#people)}`;
    const emails = [`person.${String(this.#people)}@example.com`];
    const { actions } = this.simulator.lever;
    const input = { name, emails, stageId: TAKE_HOME, tags: [TAG], ...overrides };
    return actions.create(input).id as OpportunityId;
  }

  people(count: number, overrides: Partial<OpportunityInput> = {}): OpportunityId[] {
    return Array.from({ length: count }, () => this.person(overrides));
  }

  /** One sweep of all stages, then whatever it wants looked at one by one. */
  async sweepAndLook(): Promise<void> {
    await this.sweep.run('all');
    await this.look();
  }

  /** Has them looked at, as their webhooks do. */
  hint(ids: readonly OpportunityId[]): Promise<void> {
    const { database, inbox } = this.bridge.app;
    return database.write((tx) => {
      for (const opportunityId of ids) inbox.hint(tx, { opportunityId }, this.bridge.clock.now());
    });
  }

  /** One turn of the daemon's inbox: stageBatches that are complete, and candidates in none. Returns how much it was. */
  async lookOnce(): Promise<number> {
    const { stageBatches } = this.bridge.app;
    const now = this.bridge.clock.now();
    const due = await stageBatches.listDue(now, 1_000, new Set(), this.#window);
    for (const work of due) {
      await ('members' in work ? this.#stageBatches.handle(work) : this.#looks.handle(work));
    }
    return due.length;
  }

  /** Looks until nothing is due, once a batch had time to gather. */
  async lookTogether(): Promise<void> {
    await this.lookOnce();
    this.bridge.clock.advance(1_000);
    while ((await this.lookOnce()) > 0) continue;
  }

  /** Looks at all that is due, one by one. */
  async look(): Promise<void> {
    const { inbox, database } = this.bridge.app;
    for (;;) {
      const now = this.bridge.clock.now();
      await database.write((tx) => inbox.ensureAwaiting(tx, now));
      const due = inbox.findDue(now, 100);
      if (due.length === 0) return;
      for (const look of due) await this.#looks.handle(look);
    }
  }

  /** Sends whatever may go, with the looks that it needs before; returns how many went. */
  async sendAll(): Promise<number> {
    let sent = 0;
    for (;;) {
      const more = await this.bridge.sendDue();
      sent += more;
      await this.look();
      if (more === 0) return sent;
    }
  }

  /** Reads of Lever since the last `clear`: whole lists, thinned ones, and single records. */
  lists(): RequestEntry[] {
    return this.simulator.lever.requests.list({ method: 'GET', route: '/v1/opportunities' });
  }

  singleReads(): number {
    return this.simulator.lever.requests.count('GET', '/v1/opportunities/:id');
  }

  forgetRequests(): void {
    this.simulator.lever.requests.clear();
  }

  /** `kind reason` of the current decision; undefined when there is none. */
  decisionOn(id: OpportunityId): string | undefined {
    const row = this.bridge.app.decisions.findCurrent(id);
    return row && (row.kind === 'invite' ? 'invite' : `${row.kind} ${row.reason}`);
  }
}
