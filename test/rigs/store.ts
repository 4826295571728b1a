/** The whole app on a database in a temporary folder, with a clock that moves only when told, and no vendor. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/cli/context/open-app.js';
import type { App, Runtime } from '../../src/admin/app.js';
import { readCounts } from '../../src/admin/queries/decisions.js';
import type { SentReply } from '../../src/domain/challenges.js';
import type { ChallengeVendor } from '../../src/codesubmit/codesubmit-client.js';
import type { LeverWriter } from '../../src/lever/lever-client.js';
import type { OpportunityId, RuleId, VendorInvitationId } from '../../src/domain/ids.js';
import { SILENT_LOG } from '../../src/domain/log.js';
import type { Opportunity } from '../../src/domain/opportunity.js';
import { SentListReader } from '../../src/bridge/sent-list-reader.js';
import { decideTogether } from '../../src/bridge/decide.js';
import type { ReadOpportunity } from '../../src/bridge/bridge.js';
import type { InvitationRow } from '../../src/store/invitations.js';
import { beginSending, settleAccepted, type ClaimedSend } from '../../src/bridge/send.js';
import { Circuit } from '../../src/net/circuit.js';
import { beginDueWritebacks, writeBack, type Writing } from '../../src/bridge/write-back.js';
import type { ListedRow } from '../../src/store/sent-list-store.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { Database } from '../../src/store/database/database.js';
import { migrate } from '../../src/store/database/migrate.js';
import { Sealer } from '../../src/store/home/sealer.js';
import type { NewRule } from '../../src/store/rule-store.js';
import { FakeClock } from '../support/fake-clock.js';
import { backendRule, opportunityOf } from '../support/fictional-records.js';
import { rowsOfAll, sealedAmong, valuesAbout } from './rows-about.js';
import type { SecretName } from '../../src/store/settings/vendor-addresses.js';
import { saveSettings, type Settings } from '../../src/store/settings/settings.js';

/** That encrypts its secrets. */
export const KEY = Buffer.alloc(32, 1);

/** How many rigs this process has made: the databases of one folder differ in it. */
let made = 0;

export class StoreRig {
  readonly clock = new FakeClock();
  readonly app: App;
  readonly #ends: (() => void)[] = [];
  #sent = 0;

  /** A new database in `folder`, or in one of its own, set up and active, without rules. */
  constructor(
    folder = this.#ownFolder(),
    name = `home-${String(++made)}`,
    around: Partial<Pick<Runtime, 'env' | 'log'>> = {},
  ) {
    const databaseFile = join(folder, `${name}.db`);
    const home = {
      folder,
      databaseFile,
      serveLock: join(folder, `${name}.lock`),
      refreshLock: join(folder, `${name}.refresh.lock`),
    };
    const database = new Database(databaseFile);
    // Durable or not is for other tests to say.
    database.connection.pragma('synchronous = OFF');
    const sealer = new Sealer(KEY);
    migrate(database, databaseFile);
    const runtime = { env: {}, configFolder: folder, random: () => 0, log: SILENT_LOG, ...around };
    const { clock } = this;
    this.app = createApp(home, database, sealer, { ...runtime, clock, version: '0' });
    this.app.database.lend((tx) => this.app.integration.markSetUp(tx, this.clock.now()));
  }

  close(): void {
    this.app.database.close();
    for (const end of this.#ends) end();
  }

  #ownFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'codesubmit-lever-store-'));
    this.#ends.push(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  /** Both vendors, with no people, by this clock. */
  async startVendors(): Promise<Simulator> {
    const simulator = await startSimulator({ seed: 'empty', now: () => this.clock.now() });
    simulator.lever.switches.rateLimit = 'off';
    return simulator;
  }

  /** By default nobody came before it. */
  addRule(overrides: Partial<NewRule> = {}, activatedAt = 0): RuleId {
    const { rules, integration } = this.app;
    const now = this.clock.now();
    const beginning = { now, leverNow: now, activatedAt };
    const id = this.app.database.lend((tx) =>
      rules.insert(tx, { ...backendRule, ...overrides }, beginning),
    );
    this.app.database.lend((tx) => integration.bumpVersion(tx));
    return id;
  }

  /** Stored as `setup` stores it. */
  set(settings: Partial<Settings>, stored: Readonly<Record<string, string>> = {}): Promise<void> {
    const { database, secrets, integration } = this.app;
    return database.write((tx) => {
      saveSettings(tx, settings);
      for (const [name, value] of Object.entries(stored))
        secrets.replace(tx, name as SecretName, value);
      integration.bumpVersion(tx);
    });
  }

  readOf(overrides: Partial<Opportunity> = {}): ReadOpportunity {
    const opportunity = opportunityOf(overrides);
    return {
      id: opportunity.id,
      sighting: { kind: 'opportunity', opportunity },
      ...this.app.reads.begin(),
      now: this.clock.now(),
    };
  }

  /** Decides on the opportunity as Lever would show it now. */
  async look(
    overrides: Partial<Opportunity> = {},
    read: Partial<ReadOpportunity> = {},
  ): Promise<void> {
    const { decided } = await decideTogether(this.app, [{ ...this.readOf(overrides), ...read }]);
    if (decided.length === 0) throw new Error('the posting is needed');
  }

  async beginSending(): Promise<ClaimedSend[]> {
    const { claimed } = await beginSending(this.app, 100);
    return claimed;
  }

  /** Sends all that are due, as if CodeSubmit took each; returns how many. */
  async sendDue(): Promise<number> {
    const begun = await this.beginSending();
    for (const one of begun) {
      await settleAccepted(this.app, one, this.accepted(one));
    }
    return begun.length;
  }

  /** Takes in hand what Lever is to get. */
  beginWriting(): Promise<Writing[]> {
    return beginDueWritebacks(this.app, 100, new Set());
  }

  /** As if Lever took it. */
  async write(writing: Writing): Promise<void> {
    const lever: Partial<LeverWriter> = {
      readLinks: () => Promise.resolve([]),
      addLink: (_, link) => Promise.resolve([link]),
    };
    const access = new Circuit('lever', () => lever as LeverWriter, this.app);
    await writeBack({ ...this.app, lever: access }, writing);
  }

  /** CodeSubmit's list is read to its end, and these are on it. */
  list(...rows: readonly ListedRow[]): Promise<void> {
    return readList(this.app, rows);
  }

  accepted({ order }: Pick<ClaimedSend, 'order'>, overrides: Partial<SentReply> = {}): SentReply {
    const id = `sent-${String(++this.#sent)}`;
    return {
      id: id as VendorInvitationId,
      challenge: { ids: [order.challengeId], names: [] },
      email: order.email,
      link: `https://app.example.com/c/${id}`,
      status: 1,
      commitsCount: null,
      score: null,
      report: null,
      created: { from: this.clock.now(), until: this.clock.now() },
      vendorNow: this.clock.now(),
      ...overrides,
    };
  }

  invitations(): InvitationRow[] {
    return this.app.database.all('SELECT * FROM invitations ORDER BY 1');
  }

  /** What is sealed in rows that name these candidates, whatever the table: all that is binary and no keyed hash. */
  sealedOf(people: readonly { id: OpportunityId }[]): Buffer[] {
    const ids = people.map(({ id }) => id);
    return sealedAmong(valuesAbout(rowsOfAll(this.app.database.connection), ids));
  }

  /** The counts that are kept. */
  counts(): Record<string, number> {
    return Object.fromEntries(Object.entries(readCounts(this.app)).filter(([, n]) => n !== 0));
  }
}

/** CodeSubmit's list is read to its end, and these are on it. */
export async function readList(app: App, rows: readonly ListedRow[]): Promise<void> {
  const ids = new Set(rows.flatMap(({ challengeId }) => challengeId ?? []));
  const challenges = [...ids].map((id) => ({ id, name: id, isArchived: false }));
  await app.database.write((tx) => app.list.storeOffer(tx, { challenges, isWhole: true }));
  const vendor: Pick<ChallengeVendor, 'readSentPage'> = {
    readSentPage: () =>
      Promise.resolve({
        rows: rows.map(({ challengeId, ...row }) => ({
          ...row,
          challenge: { ids: challengeId === null ? [] : [challengeId], names: [] },
        })),
        ...{ total: rows.length, next: null, isEndKnown: true, vendorNow: null },
      }),
  };
  const failure = await listReader(app, vendor as ChallengeVendor).read({ isWhole: true });
  if (failure) throw failure;
}

/** What reads CodeSubmit's list, or another in its place. */
export function listReader(app: App, vendor?: ChallengeVendor): SentListReader {
  const codesubmit = new Circuit('codesubmit', () => vendor ?? app.vendors.codesubmit(), app);
  return new SentListReader({ ...app, codesubmit });
}
