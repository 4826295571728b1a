/**
 * A named history: what recruiters, the vendors, an admin and time do, in simulated time, and what can be seen of it from
 * outside: what CodeSubmit got, what Lever shows, `status` and its timelines, the log. It names no table and no column.
 */
import { onTestFinished } from 'vitest';
import { retry, settle, forget, planForget } from '../../src/admin/actions/admin-actions.js';
import { planSend, queueSend } from '../../src/admin/actions/send.js';
import {
  addRule,
  listRenamed,
  listRules,
  planRule,
  removeRule,
  type ExistingPeople,
} from '../../src/admin/setup/rules.js';
import type { CodeSubmitSwitches } from '../../src/simulator/codesubmit/codesubmit-switches.js';
import type { CodeSubmitWorld } from '../../src/simulator/codesubmit/codesubmit-world.js';
import type { LeverSwitches } from '../../src/simulator/lever/lever-switches.js';
import type { LeverWorld } from '../../src/simulator/lever/lever-world.js';
import type { OpportunityInput } from '../../src/simulator/lever/new-opportunity.js';
import type { Log } from '../../src/domain/log.js';
import type { Problem } from '../../src/domain/problem.js';
import type { InvitationId } from '../../src/domain/ids.js';
import type { Metrics } from '../../src/serve/metrics.js';
import type { Settings } from '../../src/store/settings/settings.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { inviteByHand } from './invite-by-hand.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const TAKE_HOME = 'Take-home';
/** A stage without a rule. */
export const BEFORE = 'Phone screen';
export const BACKEND = 'codesubmit:backend';
export const FRONTEND = 'codesubmit:frontend';
export const RULE = `stage=${TAKE_HOME};tag=${BACKEND};challenge=Backend`;
export const FRONTEND_RULE = `stage=${TAKE_HOME};tag=${FRONTEND};challenge=Frontend`;
/** With ids of the kind that CodeSubmit makes. */
export const CHALLENGES = {
  Backend: 'c0de0001-5b7a-4c1d-9e2f-0a1b2c3d4e5f',
  Frontend: 'c0de0002-5b7a-4c1d-9e2f-0a1b2c3d4e5f',
  General: 'c0de0003-5b7a-4c1d-9e2f-0a1b2c3d4e5f',
};

/** What is so from the start; by default one rule, and no brake. */
export interface Setting {
  rules?: readonly string[];
  /** `N/MIN` or `off`. */
  brake?: string;
  settings?: Partial<Settings>;
  lever?: Partial<LeverSwitches>;
  /** Lever shows confidential candidates to the key; by default it does. */
  seesConfidential?: boolean;
  codesubmit?: Partial<CodeSubmitSwitches>;
  metrics?: Metrics;
}

export class History {
  readonly bridge = SimulatedBridge.start();
  readonly lever: LeverWorld = this.bridge.simulator.lever;
  readonly codesubmit: CodeSubmitWorld = this.bridge.simulator.codesubmit;
  /** What the daemon logs, each as `MESSAGE {FIELDS}`. */
  readonly log: string[] = [];
  #people = 0;

  /** Closed at the end of the test that runs. */
  static begin(setting: Setting = {}): Promise<History> {
    const history = new History();
    onTestFinished(() => history.close());
    return history.#begin(setting);
  }

  /** For all tests of a file, which closes it. */
  static open(setting: Setting): Promise<History> {
    return new History().#begin(setting);
  }

  async #begin(setting: Setting): Promise<this> {
    const { bridge, lever, codesubmit } = this;
    for (const [name, id] of Object.entries(CHALLENGES)) codesubmit.addTest({ name, id });
    bridge.log = keepingLog(this.log);
    bridge.metrics = setting.metrics;
    Object.assign(lever.switches, setting.lever);
    const seen = setting.seesConfidential ?? true;
    for (const { rights } of lever.access.grants.values()) rights['confidential:access'] = seen;
    Object.assign(codesubmit.switches, setting.codesubmit);
    await bridge.setUp(setting.rules ?? [RULE], setting.brake ?? 'off', setting.settings);
    // So that nobody comes in the second in which the rules were stored.
    await this.later(10 * SECOND);
    return this;
  }

  close(): Promise<void> {
    return this.bridge.close();
  }

  // In Lever. What recruiters do is reported by a webhook; what is done to `lever` itself is not.

  /** A new candidate with the first rule's tag, in the stage before it. No webhook reports them. */
  creates(person: Partial<OpportunityInput> = {}): string {
    this.#people += 1;
    const emails = [`person-${String(this.#people)}@example.com`];
    const given = { name: 'Ada Fictional', stageId: BEFORE, emails, tags: [BACKEND], ...person };
    return this.lever.actions.create(given).id;
  }

  /** Moves a new candidate into the rule's stage. */
  async arrives(person: Partial<OpportunityInput> = {}): Promise<string> {
    const id = this.creates(person);
    await this.moves(id);
    return id;
  }

  async moves(id: string, stage = TAKE_HOME): Promise<void> {
    const { stageId } = this.lever.actions.move(id, stage);
    await this.reports(id, 'candidateStageChange', { toStageId: stageId });
  }

  async archives(id: string): Promise<void> {
    const { archived } = this.lever.actions.archive(id, 'Withdrew');
    await this.reports(id, 'candidateArchiveChange', { toArchived: archived });
  }

  async unarchives(id: string): Promise<void> {
    this.lever.actions.unarchive(id);
    await this.reports(id, 'candidateArchiveChange', { toArchived: null });
  }

  async deletes(id: string): Promise<void> {
    this.lever.actions.remove(id);
    await this.reports(id, 'candidateDeleted');
  }

  /** A signed webhook about them, and all that follows at once. */
  reports(id: string, event: string, data: Record<string, unknown> = {}): Promise<void> {
    return this.bridge.deliver(this.bridge.signed({ opportunityId: id, ...data }, event));
  }

  /** Everybody is moved before the first webhook comes, and all come together. */
  async movesMany(ids: readonly string[], stage = TAKE_HOME): Promise<void> {
    this.lever.actions.moveMany([...ids], stage);
    const reports = ids.map((id) => {
      const { stageId } = this.lever.opportunities.get(id);
      return this.bridge.signed({ opportunityId: id, toStageId: stageId });
    });
    this.bridge.haste = 0;
    for (const report of reports) await this.bridge.deliver(report);
    this.bridge.haste = null;
    await this.bridge.settle();
  }

  // CodeSubmit is down: what is to be sent stays queued.

  codesubmitFails(): void {
    this.codesubmit.faults.set({ kind: '5xx', when: 'before' });
  }

  /** Only its challenges can be listed, as `send` needs them. */
  codesubmitStalls(): void {
    this.codesubmit.faults.set({ kind: '5xx', when: 'before', route: '/api/external/candidates' });
  }

  /** And minutes pass, in which everything is tried again. */
  async codesubmitReturns(): Promise<void> {
    this.codesubmit.faults.clear();
    await this.passes(5);
  }

  /** Does something as soon as a vendor has worked on the next such request, before it is answered. */
  afterNext(method: string, path: RegExp, happen: () => void): void {
    this.bridge.onWorked = (request) => {
      if (request.method !== method || !path.test(request.path)) return;
      this.bridge.onWorked = () => undefined;
      happen();
    };
  }

  // Time.

  /** Goes there at once, and lets all happen that is due by then. */
  async later(ms: number): Promise<void> {
    this.bridge.clock.advance(ms);
    await this.bridge.settle();
  }

  /** Lives through these minutes. */
  passes(minutes: number): Promise<void> {
    return this.bridge.pass(minutes);
  }

  /** The stages are checked once more. */
  async checks(): Promise<void> {
    await this.later(2 * MINUTE);
    await this.bridge.sweep();
  }

  // At the terminal: what the commands of these names do, and all that follows at once.

  send(who: string, challenge?: string, { again: isAgain = false } = {}): Promise<InvitationId> {
    return this.bridge.command(async (app) =>
      queueSend(app, await planSend(app, { who, challenge, isAgain })),
    );
  }

  retry(...ids: number[]): Promise<number[]> {
    return this.bridge.command((app) => retry(app, ids as InvitationId[]));
  }

  /** That it was sent, with its link if it is known. */
  settleSent(id: number, link: string | null): Promise<void> {
    return this.bridge.command((app) => settle(app, id as InvitationId, { isSent: true, link }));
  }

  settleNotSent(id: number): Promise<void> {
    const settlement = { isSent: false, link: null };
    return this.bridge.command((app) => settle(app, id as InvitationId, settlement));
  }

  forget(who: string): Promise<void> {
    return this.bridge.command((app) => forget(app, planForget(app, who)));
  }

  /** While no daemon runs. */
  forgetAlone(who: string): Promise<void> {
    return this.bridge.alone((app) => forget(app, planForget(app, who)));
  }

  /** The tags that `rules` says to replace, because a challenge was renamed. */
  renamed(): Promise<{ was: string; is: string }[]> {
    return this.bridge.command((app) => Promise.resolve(listRenamed(app)));
  }

  async addRule(rule: string, existing: ExistingPeople = 'leave'): Promise<void> {
    this.bridge.clock.advance(SECOND);
    await this.bridge.command(async (app) =>
      addRule(app, await planRule(app, rule, () => undefined), existing),
    );
    await this.bridge.sweep();
  }

  async removeRule(tag = BACKEND): Promise<void> {
    this.bridge.clock.advance(SECOND);
    await this.bridge.command((app) => {
      const rule = listRules(app).find((one) => one.tag === tag);
      return removeRule(app, String(rule?.id));
    });
    await this.bridge.sweep();
  }

  // Seen from outside.

  /** What CodeSubmit was asked to send, each as `ADDRESS CHALLENGE`. */
  sent(): string[] {
    return this.codesubmit.invitations
      .filter(({ madeBy }) => madeBy === 'api')
      .map(({ email, testId }) => `${email} ${this.#challengeName(testId)}`);
  }

  #challengeName(id: string): string {
    return this.codesubmit.tests.find((test) => test.id === id)?.name ?? id;
  }

  /** A challenge sent on CodeSubmit's own pages. */
  inviteByHand(email: string, challenge = 'Backend'): void {
    inviteByHand(this.codesubmit, email, challenge);
  }

  linksOf(id: string): string[] {
    return this.lever.opportunities.sight(id, 0).contact.links;
  }

  notesOf(id: string): string[] {
    return this.lever.notes.list(id).map(({ value }) => value);
  }

  tagsOf(id: string): string[] {
    return this.lever.tagsOf(this.lever.opportunities.get(id));
  }

  /** `invite`, `hold: REASON` or `ignore: REASON`, as the timeline has it last; undefined before. */
  decisionOn(id: string): string | undefined {
    return this.#lastDecision(id)?.outcome;
  }

  detailOn(id: string): string | null | undefined {
    return this.#lastDecision(id)?.detail;
  }

  #lastDecision(id: string) {
    return this.bridge.timeline(id).entries.findLast(({ what }) => what === 'decision');
  }

  /** What the timeline says, sentence by sentence. */
  timelineOf(id: string): string[] {
    return this.bridge.timeline(id).entries.map(({ text }) => text);
  }

  /** The candidate's name as `status` shows it; null where it isn't kept. */
  nameOf(id: string): string | null {
    return this.bridge.timeline(id).candidate;
  }

  /** `CHALLENGE STATE` or `CHALLENGE STATE REASON` of each of theirs, or of all, in the order of their making. */
  invitations(id?: string): string[] {
    return this.bridge
      .status()
      .invitations.filter(({ opportunityId }) => id === undefined || opportunityId === id)
      .map(({ challenge, state, reason }) =>
        [challenge.name, state, ...(reason === null ? [] : [reason])].join(' '),
      )
      .toReversed();
  }

  /** How many there are of each state, and on hold. */
  counts(): Record<string, number> {
    const counts = Object.entries(this.bridge.counts()).filter(([, n]) => n !== 0);
    return Object.fromEntries(counts);
  }

  /** Candidates on hold and why. */
  held(): Record<string, string> {
    const { held } = this.bridge.status();
    return Object.fromEntries(held.map(({ opportunityId, reason }) => [opportunityId, reason]));
  }

  problems(): string[] {
    return this.bridge.status().integration.problems.map(({ code }) => code);
  }

  /** Its words, its level and its fix; undefined while all is well. */
  problem(code: string): Problem | undefined {
    const { problems } = this.bridge.status().integration;
    return (problems as Problem[]).find((problem) => problem.code === code);
  }

  /** How many calls of the kind Lever got since the last time, such as `GET /v1/opportunities/:id`. */
  leverCalls(): Record<string, number> {
    const counts = this.lever.requests.counts();
    this.lever.requests.clear();
    return counts;
  }
}

function keepingLog(lines: string[]): Log {
  const keep = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { debug: keep, info: keep, warn: keep, error: keep };
}
