// Both fake vendors, one data directory, one daemon, and what recruiters and admins do with them.
import { basename } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Ended } from '../rigs/processes.js';
import {
  Bridge,
  type Environment,
  type Invitation,
  type RunningDaemon,
  type Status,
} from './driver.js';
import { FakeCodeSubmit, type SentChallenge } from './vendors/fake-codesubmit.js';
import { FakeLever, type Move, type Opportunity } from './vendors/fake-lever.js';
import { readableForms, type ListForm } from './vendors/list-form.js';
import { deliver, newToken, signedDelivery, type Answer } from './vendors/webhook-delivery.js';

export const tags = { backend: 'codesubmit:backend', frontend: 'codesubmit:frontend' } as const;
export const publicUrl = 'https://bridge.example.com';

const givenNames = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Radia', 'Leslie', 'Frances'];
const familyNames = ['Amber', 'Birch', 'Cedar', 'Dahlia', 'Elder', 'Fern', 'Ginkgo', 'Hazel'];

export interface WorldOptions {
  /** Replaces the two rules for the stage "Coding challenge". */
  readonly rules?: readonly string[];
  readonly env?: Environment;
  readonly publicUrl?: string;
}

/** Each file has a list of CodeSubmit's in another format. */
function formOf(testFile: string): ListForm {
  const seed = Buffer.from(basename(testFile)).reduce((sum, letter) => sum * 31 + letter, 7);
  return required(fc.sample(readableForms, { seed: seed | 0, numRuns: 1 })[0]);
}

export const backendRule = `stage=Coding challenge;tag=${tags.backend};challenge=Backend: a parcel tracker`;
export const frontendRule = `stage=Coding challenge;tag=${tags.frontend};challenge=Frontend: a seating plan`;

export class World {
  readonly lever = new FakeLever();
  readonly codesubmit = new FakeCodeSubmit();
  readonly signingToken = newToken();
  #bridge: Bridge | undefined;
  #daemon: RunningDaemon | undefined;
  #webhookPath: string | undefined;
  #people = 0;

  constructor(readonly options: WorldOptions = {}) {}

  /** Vendors up, `setup` done, `serve` running. */
  static async running(options: WorldOptions = {}): Promise<World> {
    const world = await World.setUp(options);
    return world.#orClosed(() => world.serve());
  }

  /** Vendors up, `setup` done, no daemon. */
  static async setUp(options: WorldOptions = {}): Promise<World> {
    const world = await World.open(options);
    return world.#orClosed(() => world.setup());
  }

  /** Vendors up, nothing set up. */
  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    world.codesubmit.form = formOf(expect.getState().testPath ?? '');
    await Promise.all([world.lever.start(), world.codesubmit.start()]);
    world.#bridge = new Bridge({
      LEVER_API_URL: world.lever.apiUrl,
      CODESUBMIT_API_URL: world.codesubmit.origin,
      CODESUBMIT_SETTLE_SECONDS: '1',
      ...options.env,
    });
    return world;
  }

  /** Runs a step that must succeed; if it fails, cleans up everything. */
  async #orClosed(step: () => Promise<unknown>): Promise<this> {
    try {
      await step();
      return this;
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  get bridge(): Bridge {
    if (this.#bridge === undefined) throw new Error('the world is not open');
    return this.#bridge;
  }

  get daemon(): RunningDaemon {
    if (this.#daemon === undefined) throw new Error('no daemon is running');
    return this.#daemon;
  }

  get stageId(): string {
    return this.lever.stageId('Coding challenge');
  }

  get webhookUrl(): string {
    if (this.#webhookPath === undefined) throw new Error('the webhook path is not known yet');
    return `${this.daemon.url}${this.#webhookPath}`;
  }

  setupArguments(): string[] {
    const given = this.bridge;
    return [
      ...['setup', '--no-input', '--public-url', this.options.publicUrl ?? publicUrl],
      ...['--lever-api-key-file', given.secretFile('lever-api-key', this.lever.apiKey)],
      ...[
        '--codesubmit-api-key-file',
        given.secretFile('codesubmit-api-key', this.codesubmit.apiKey),
      ],
      ...['--signing-token-file', given.secretFile('signing-token', this.signingToken)],
      ...(this.options.rules ?? [backendRule, frontendRule]).flatMap((rule) => ['--rule', rule]),
    ];
  }

  setup(): Promise<Ended> {
    return this.bridge.succeed(...this.setupArguments());
  }

  async serve(): Promise<RunningDaemon> {
    this.#daemon = await this.bridge.serve();
    await this.findWebhookPath();
    return this.#daemon;
  }

  async findWebhookPath(): Promise<string> {
    const { url } = (await this.bridge.status()).integration.webhook;
    if (url === null) throw new Error('status shows no webhook URL');
    this.#webhookPath = new URL(url).pathname;
    return this.#webhookPath;
  }

  /** A fictional candidate in Lever, in "New applicant" unless another stage is given. */
  person(fields: Partial<Opportunity> = {}): Opportunity {
    const index = this.#people++;
    const given = givenNames[index % givenNames.length] ?? 'Ada';
    const family = familyNames[Math.floor(index / 8) % familyNames.length] ?? 'Amber';
    return this.lever.add({
      name: `${given} ${family}`,
      emails: [`${given}.${family}.${String(index)}@example.com`.toLowerCase()],
      tags: ['Engineering', tags.backend],
      ...fields,
    });
  }

  stageChange(move: Move): Promise<Answer> {
    return deliver(this.webhookUrl, signedDelivery(this.signingToken, move));
  }

  /** Moves a candidate and notifies the daemon, like Lever. */
  async move(opportunity: Opportunity, stageId: string = this.stageId): Promise<Opportunity> {
    const answer = await this.stageChange(this.lever.move(opportunity, stageId));
    expect(answer.status, 'the answer to a signed delivery').toBe(200);
    return opportunity;
  }

  /** A new candidate who moves to the stage. */
  arrive(fields: Partial<Opportunity> = {}, stageId = this.stageId): Promise<Opportunity> {
    return this.move(this.person(fields), stageId);
  }

  /** A sweep at once. */
  async kickSweep(): Promise<void> {
    await this.bridge.succeed('check');
  }

  untilLinked(opportunity: Opportunity): Promise<string> {
    return this.bridge.until(`a link for ${opportunity.name} in Lever`, () =>
      this.lever.linksOf(opportunity).at(0),
    );
  }

  /**
   * A candidate whose turn comes after everything before: when theirs is done, the rest had its
   * chance.
   */
  async sentinel(): Promise<void> {
    await this.untilLinked(await this.arrive());
  }

  /** Waits until the daemon has read the opportunity again, alone. */
  async untilLookedAt(opportunity: Opportunity, readsBefore: number): Promise<void> {
    await this.bridge.until(
      `a read of ${opportunity.name}`,
      () => this.lever.readsOf(opportunity) > readsBefore,
    );
  }

  sentTo(opportunity: Opportunity): SentChallenge[] {
    return this.codesubmit.sentTo(opportunity.emails);
  }

  /** One POST, one invitation in CodeSubmit, its link once in Lever. */
  expectInvitedOnce(opportunity: Opportunity): SentChallenge {
    const sent = this.sentTo(opportunity);
    expect(this.codesubmit.postsFor(opportunity.emails)).toHaveLength(1);
    expect(sent).toHaveLength(1);
    const [one] = sent;
    if (one === undefined) throw new Error('nothing was sent');
    expect(bare(this.lever.linksOf(opportunity))).toEqual(bare([one.link]));
    return one;
  }

  expectNothingSent(opportunity: Opportunity): void {
    expect(this.codesubmit.postsFor(opportunity.emails)).toHaveLength(0);
    expect(this.lever.linksOf(opportunity)).toEqual([]);
  }

  async untilHeld({ id, name }: Opportunity, reason: string): Promise<void> {
    await this.bridge.untilStatus(`${name} held as ${reason}`, ({ held }) =>
      held.some((one) => one.opportunityId === id && one.reason === reason),
    );
  }

  /** Ends everything. What must hold at every end: no call came that Lever or CodeSubmit doesn't have. */
  async close(): Promise<void> {
    await this.#end();
    expect(this.lever.unexpected).toEqual([]);
    expect(this.codesubmit.unexpected).toEqual([]);
  }

  /** Every process and both vendors, whatever happened before. */
  async #end(): Promise<void> {
    await this.#bridge?.close();
    await Promise.all([this.lever.stop(), this.codesubmit.stop()]);
  }
}

export function invitationOf(status: Status, { id }: Opportunity): Invitation | undefined {
  return status.invitations.find(({ opportunityId }) => opportunityId === id);
}

export function required<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error('expected a value');
  return value;
}

/** Links as the design compares them: without scheme and trailing slash. */
export function bare(links: readonly string[]): string[] {
  return links.map((link) => link.replace(/^https?:\/\//, '').replace(/\/$/, ''));
}

/** An answer that must be a refusal: a 4xx with a short body. */
export function expectShortRefusal({ status, body }: Answer): void {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(500);
}
