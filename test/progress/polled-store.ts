/**
 * Invitations on disk that the simulated CodeSubmit knows, and the poller between them over real
 * HTTP. Time moves only when told.
 */
import { invitationPlace } from '../../src/storage/home/sealer.js';
import { CodeSubmitClient } from '../../src/vendors/codesubmit/codesubmit-client.js';
import type { Settings } from '../../src/storage/settings/settings.js';
import type { Progress } from '../../src/domain/progress.js';
import { VendorAccess } from '../../src/pipeline/vendor-access.js';
import { makeListReader } from '../../src/pipeline/create-pipeline.js';
import type { SentListReader } from '../../src/pipeline/invitations/sent-list-reader.js';
import { ProgressPoller } from '../../src/pipeline/progress/follow-progress.js';
import type { CodeSubmitWorld } from '../../src/simulator/codesubmit/codesubmit-world.js';
import { seedCodeSubmitApiKey } from '../../src/simulator/seed/base-seed.js';
import type { Simulator } from '../../src/simulator/start-simulator.js';
import { StoreRig } from '../rigs/store.js';
import { Tx } from '../../src/storage/database/database.js';

export const STATUS_MAP: Record<string, Progress> = {
  ...{ 1: 'invited', 2: 'started', 3: 'submitted', 4: 'reviewed', 5: 'expired', 6: 'cancelled' },
};

export class PolledStore {
  readonly access: VendorAccess;
  readonly list: SentListReader;
  #poller!: ProgressPoller;
  #sent = 0;

  private constructor(
    readonly bridge: StoreRig,
    readonly simulator: Simulator,
  ) {
    const { app } = bridge;
    const client = new CodeSubmitClient({
      ...{ apiUrl: simulator.codesubmitUrl, apiKey: seedCodeSubmitApiKey, link: null },
      http: app.http,
    });
    this.access = new VendorAccess('codesubmit', () => client, app);
    this.list = makeListReader(app, () => client);
    this.restart();
  }

  static async open(folder: string, name: string): Promise<PolledStore> {
    const bridge = new StoreRig(folder, name);
    const simulator = await bridge.startVendors();
    const world = new PolledStore(bridge, simulator);
    world.set({ statusMap: STATUS_MAP });
    return world;
  }

  get codesubmit(): CodeSubmitWorld {
    return this.simulator.codesubmit;
  }

  set(settings: Partial<Settings>): void {
    Tx.run((tx) => this.bridge.app.settings.save(tx, settings));
    Tx.run((tx) => this.bridge.app.integration.bumpVersion(tx));
  }

  /** What a new process starts with: only what is on disk. */
  restart(): void {
    const { app } = this.bridge;
    const { clock, log } = app.runtime;
    const { list, access: codesubmit } = this;
    this.#poller = new ProgressPoller({
      ...{ store: app.progressStore, list, codesubmit, clock, log },
    });
  }

  /** Sends now, due in that many days; returns CodeSubmit's ids, oldest first. */
  async send(count: number, dueDays: number | null = null): Promise<string[]> {
    const { app, clock } = this.bridge;
    const test = this.codesubmit.tests[0] ?? this.codesubmit.addTest({ name: 'Backend' });
    const made = Array.from({ length: count }, () =>
      this.codesubmit.invite({
        ...{ testId: test.id, email: `person-${String(++this.#sent)}@example.com` },
        ...{ firstName: 'By', lastName: 'Test' },
      }),
    );
    await app.database.write(() => {
      for (const { id, email } of made) this.#insert(id, email, test.id, dueDays, clock.now());
    });
    return made.map(({ id }) => id);
  }

  #insert(id: string, email: string, test: string, dueDays: number | null, now: number): void {
    const { app } = this.bridge;
    const key = { opportunity_id: id, challenge_id: test, repetition: 0 };
    Tx.run((tx) =>
      app.database
        .prepareWrite(
          `INSERT INTO invitations (opportunity_id, challenge_id, challenge_name, visit_stage_id,
           visit_at, email_hash, sealed_email, reuse_ms, state, promised_at, next_attempt_at,
           created_at, intent_at, went_at, invited_at, due_days, vendor_id, status_number, progress,
           progress_at)
         VALUES (:id, :test, 'Backend', 'stage', :now, :hash, :sealed, 0, 'linked', :now, :now,
           :now, :now, :now, :now, :dueDays, :id, 1, 'invited', :now)`,
        )
        .run(tx, {
          ...{ id, test, now, dueDays },
          ...{
            hash: app.sealer.hashEmail(email),
            sealed: app.sealer.seal(email, invitationPlace('sealed_email', key)),
          },
        }),
    );
  }

  isDue(): boolean {
    return this.#poller.isDue();
  }

  /** Polls if anything is due, as the daemon does; returns the number of calls to CodeSubmit. */
  async poll(): Promise<number> {
    const before = this.calls();
    if (this.access.remainingMs() === 0 && this.#poller.isDue()) await this.#poller.poll();
    return this.calls() - before;
  }

  /** What the daemon does at start, and after a change of settings. */
  recover(): Promise<void> {
    return this.#poller.recover();
  }

  /** Calls for pages of the list. */
  calls(): number {
    return this.codesubmit.requests.list().filter(({ path }) => path.endsWith('/candidates'))
      .length;
  }

  progressOf(id: string) {
    return this.bridge.app.database
      .prepare<[string], { progress: string; number: number }>(
        `SELECT progress, status_number AS number FROM invitations
         WHERE vendor_id = ?`,
      )
      .get(id);
  }

  async close(): Promise<void> {
    this.bridge.close();
    await this.simulator.close();
  }
}
