/** The real program against the simulator over real HTTP. */
import { expect } from 'vitest';
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { signedBody } from '../../src/simulator/lever/sign-webhook.js';
import { SECRET_KEY } from '../support/fictional-records.js';
import { eventually } from './eventually.js';
import { ProcessRig, type RunningDaemon } from './processes.js';

export type { Ended, RunningCommand, RunningDaemon } from './processes.js';

export const SIGNING_TOKEN = '5eed'.repeat(12);
export const WEBHOOK_ID = 'webhook-of-the-test';
export const STAGE = 'Take-home';
export const TAG = 'codesubmit:backend';
export const RULE = `stage=${STAGE};tag=${TAG};challenge=Backend API`;

export class ProgramRig extends ProcessRig {
  protected constructor(readonly simulator: Simulator) {
    super({
      CODESUBMIT_SETTLE_SECONDS: '1',
      LEVER_API_URL: simulator.leverApiUrl,
      CODESUBMIT_API_URL: simulator.codesubmitUrl,
    });
    this.onClose(() => simulator.close());
  }

  /** A simulator and its addresses, without a key: nothing set up yet. */
  static async bare(): Promise<ProgramRig> {
    const simulator = await startSimulator({ seed: 'demo', webhookRetryDelaysMs: [200, 400] });
    return new ProgramRig(simulator);
  }

  /** Like `bare`, with every key in the environment. */
  static async start(): Promise<ProgramRig> {
    const rig = await ProgramRig.bare();
    Object.assign(rig.environment, {
      CODESUBMIT_LEVER_SECRET_KEY: SECRET_KEY,
      CODESUBMIT_LEVER_WEBHOOK_ID: WEBHOOK_ID,
      LEVER_API_KEY: seedLeverApiKey,
      LEVER_SIGNING_TOKEN: SIGNING_TOKEN,
      CODESUBMIT_API_KEY: seedCodeSubmitApiKey,
    });
    return rig;
  }

  /** Set up with one rule for the take-home stage. */
  static async setUp(...more: string[]): Promise<ProgramRig> {
    const rig = await ProgramRig.start();
    await rig.setUp(...more);
    return rig;
  }

  async setUp(...more: string[]): Promise<void> {
    const where = ['--public-url', 'https://bridge.example.com'];
    await this.succeed('setup', '--no-input', '--rule', RULE, ...where, ...more);
  }

  /** Of the newest invitation of one candidate. */
  async stateOf(id: string): Promise<string | undefined> {
    const { invitations } = await this.status();
    return invitations.find(({ opportunityId }) => opportunityId === id)?.state;
  }

  untilState(id: string, state: string): Promise<true> {
    return eventually(`${id} is ${state}`, async () => (await this.stateOf(id)) === state);
  }

  /** Until their link is in Lever, and known to be there; resolves with the link. */
  async untilLinked(id: string): Promise<string> {
    await this.untilState(id, 'linked');
    return this.simulator.lever.opportunities.sight(id, 0).contact.links.at(-1) ?? '';
  }

  /** How many challenges went to their addresses, and how many links they have in Lever. */
  fateOf(id: string): { invited: number; links: number } {
    const { emails, links } = this.simulator.lever.opportunities.sight(id, 0).contact;
    const sent = this.simulator.codesubmit.invitations;
    const invited = sent.filter(({ email }) => emails.includes(email)).length;
    return { invited, links: links.length };
  }

  /** A fictional candidate in the stage before, with the tag. */
  candidate(name: string, stage = 'Phone screen', tags: string[] = [TAG]): string {
    const email = `${name.toLowerCase().replace(/\W+/g, '.')}@example.com`;
    return this.simulator.lever.actions.create({ name, stageId: stage, emails: [email], tags }).id;
  }

  /** Moves without any webhook of the simulator's own. */
  move(opportunityId: string, stage = STAGE): void {
    this.simulator.lever.actions.move(opportunityId, stage);
  }

  /** A new candidate who is moved, as Lever reports it; their id. */
  async arrive(daemon: RunningDaemon, name: string): Promise<string> {
    const id = this.candidate(name);
    this.move(id);
    expect(await this.deliver(daemon, id)).toBe(200);
    return id;
  }

  /** A signed stage change as Lever sends it; resolves with the answer's status. */
  deliver(daemon: RunningDaemon, opportunityId: string, triggeredAt = Date.now()): Promise<number> {
    return this.post(daemon, this.delivery(opportunityId, triggeredAt));
  }

  /** The body of a delivery, by which it can be sent again: each has a token of its own. */
  delivery(opportunityId: string, triggeredAt = Date.now()): string {
    const { stageId } = this.simulator.lever.opportunities.get(opportunityId);
    const data = { opportunityId, toStageId: stageId };
    const event = { event: 'candidateStageChange', triggeredAt, data };
    return JSON.stringify(signedBody(event, SIGNING_TOKEN));
  }

  /** Gives up like Lever: the port of a daemon killed meanwhile may belong to a program that never answers. */
  async post(daemon: Pick<RunningDaemon, 'url'>, body: string): Promise<number> {
    const reply = await fetch(`${daemon.url}/webhooks/lever/${WEBHOOK_ID}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(100_000),
    });
    await reply.text();
    return reply.status;
  }
}
