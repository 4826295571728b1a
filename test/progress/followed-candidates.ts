/** The daemon in simulated time, and candidates whose progress at CodeSubmit shows in Lever. */
import type { Settings } from '../../src/storage/settings/settings.js';
import type { ProgressWord } from '../../src/simulator/codesubmit/codesubmit-switches.js';
import { SimulatedBridge } from '../simulation/simulated-bridge.js';
import { STATUS_MAP } from './polled-store.js';

const MINUTE = 60_000;
export const TAG = 'codesubmit:backend';
export const RULE = `stage=Take-home;tag=${TAG};challenge=Backend;due-days=7`;

export class FollowedCandidates {
  private constructor(readonly bridge: SimulatedBridge) {}

  static async start(
    settings: Partial<Settings>,
    rules: readonly string[] = [RULE],
  ): Promise<FollowedCandidates> {
    const bridge = SimulatedBridge.start();
    for (const name of ['Backend', 'Frontend']) bridge.simulator.codesubmit.addTest({ name });
    await bridge.setUp(rules, 'off', { statusMap: STATUS_MAP, ...settings });
    return new FollowedCandidates(bridge);
  }

  get lever() {
    return this.bridge.simulator.lever;
  }

  /** A candidate in the stage before the rule's. */
  person(name: string, tags: string[] = [TAG], contactId?: string): string {
    const emails = [`${name.toLowerCase().replace(/\W+/g, '.')}@example.com`];
    const about = { name, stageId: 'Phone screen', emails, tags };
    return this.lever.actions.create(contactId === undefined ? about : { ...about, contactId }).id;
  }

  /** Moves to the rule's stage; resolves when everything possible at once is done. */
  async move(id: string, stage = 'Take-home'): Promise<void> {
    this.lever.actions.move(id, stage);
    const { stageId: toStageId } = this.lever.opportunities.get(id);
    await this.bridge.deliver(this.bridge.signed({ opportunityId: id, toStageId }));
  }

  async invited(name: string, tags: string[] = [TAG]): Promise<string> {
    const id = this.person(name, tags);
    await this.move(id);
    return id;
  }

  /** At CodeSubmit only: the daemon hasn't looked yet. */
  setProgress(id: string, progress: ProgressWord | number): void {
    const { codesubmit } = this.bridge.simulator;
    const { emails } = this.lever.opportunities.sight(id, 0).contact;
    const sent = codesubmit.invitations.filter(({ email }) => emails.includes(email)).at(-1);
    codesubmit.setProgress(sent?.id ?? '', progress);
  }

  /** At CodeSubmit, and read by the daemon some minutes later. */
  async progress(id: string, progress: ProgressWord | number): Promise<void> {
    this.setProgress(id, progress);
    await this.later(30);
  }

  async later(minutes: number): Promise<void> {
    this.bridge.clock.advance(minutes * MINUTE);
    await this.bridge.settle();
  }

  /** Lets time pass in steps, so that retries happen, until no update to Lever is pending. */
  async untilNothingIsOwed(): Promise<void> {
    for (let tries = 0; tries < 20; tries += 1) {
      const owed = this.bridge.rows(`SELECT 1 FROM writebacks WHERE state <> 'done'`);
      if (owed.length === 0) return;
      await this.later(2);
    }
    throw new Error(JSON.stringify(this.bridge.rows('SELECT * FROM writebacks')));
  }

  tagsOf(id: string): string[] {
    return this.lever.opportunities.sight(id, 0).opportunity.tags;
  }

  notesOf(id: string): string[] {
    return this.lever.notes.list(id).map(({ value }) => value);
  }

  close(): Promise<void> {
    return this.bridge.close();
  }
}
