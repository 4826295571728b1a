/**
 * Runs what the daemon's next sweep and sends would do, with the same code, on a private copy of the
 * database. It only reads from both vendors, and changes no row of the data directory. Two
 * things persist: Lever's rate budget, which all processes share, and a login that had to be
 * renewed.
 */
import { beginSending, hasDueToSend } from '../../bridge/send.js';
import { ApiError, rejectionOf } from '../../domain/errors.js';
import type { OpportunityId, StageId } from '../../domain/ids.js';
import type { LeverReader, LeverSighting, StagePage } from '../../domain/vendor-ports.js';
import { SILENT_LOG } from '../../domain/log.js';
import type { Opportunity } from '../../domain/opportunity.js';
import { createBridge, type Bridge, recover } from '../../bridge/bridge.js';
import { readChallenges } from '../../bridge/challenge-offer.js';
import { SentListReader } from '../../bridge/sent-list-reader.js';
import { createStores } from '../../store/create-stores.js';
import { listDueLooks, type DueLook } from '../../store/candidates.js';
import { lookAt } from '../../bridge/look.js';
import { stagesOfRules, sweep } from '../../bridge/sweep.js';
import { Circuit, recordRejected } from '../../net/circuit.js';
import {
  storeRules,
  type ExistingPeople,
  type PlannedRules,
} from '../setup/rules/activate-rules.js';
import { isListUsable } from '../../bridge/sent-elsewhere.js';
import { listAwaitingDecision } from '../../store/invitation-queries.js';
import { openPrivateCopy } from '../../store/database/copy-file.js';
import type { Database } from '../../store/database/database.js';
import type { Configuration } from '../../store/settings/configuration.js';
import { isServing } from '../../store/home/is-serving.js';
import { mayAskLever } from '../../store/integration-store.js';
import type { Vendors } from '../../bridge/vendor-clients.js';
import type { Known } from '../facts/fact.js';
import { leverRejects } from '../facts/reconnect.js';

/** Lever as one dry run sees it: everyone in a list is remembered. */
class RecordingLeverReader implements LeverReader {
  /** Everyone in a list, in its order. */
  readonly people = new Map<OpportunityId, Opportunity>();
  /** The first failure of a read. The code of the daemon takes it for a reason to try later, and goes on. */
  failure: Error | undefined;

  constructor(
    private readonly lever: LeverReader,
    private readonly onProgress: (people: number) => void,
  ) {}

  async *listStage(stageId: StageId): AsyncGenerator<StagePage> {
    for await (const page of this.lever.listStage(stageId)) {
      for (const opportunity of page.opportunities) this.people.set(opportunity.id, opportunity);
      this.onProgress(this.people.size);
      yield page;
    }
  }

  readOpportunity(id: OpportunityId): Promise<LeverSighting> {
    return this.#notingFailure(this.lever.readOpportunity(id));
  }

  readPostingTags(id: OpportunityId): Promise<string[] | null> {
    return this.#notingFailure(this.lever.readPostingTags(id));
  }

  async #notingFailure<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }
}

/** What a dry run copies, and how it reads the vendors. */
export interface DryRunSource extends Known {
  vendors: Pick<Vendors, 'lever' | 'codesubmit'>;
  /** What setup is about to store; undefined for what is in force. */
  proposed?: Pick<Configuration, 'settings' | 'codesubmitApiKey'>;
}

/** A limit above all that can be due at once. */
const NO_LIMIT = 1_000_000;

export class DryRun {
  /** Works on the copy, with the settings in force when it was made. */
  readonly bridge: Bridge;
  readonly lever: RecordingLeverReader;
  readonly #real: DryRunSource;

  private constructor(real: DryRunSource, copy: Database, onProgress: (people: number) => void) {
    this.#real = real;
    const { sealer, clock } = real;
    const inForce = real.proposed ?? real.configuration.current();
    this.bridge = createBridge(createStores(copy, sealer, clock), () => inForce, SILENT_LOG);
    // The real clients share the one rate limit, and measure the vendors' clocks.
    this.lever = new RecordingLeverReader(real.vendors.lever(), onProgress);
  }

  /** `onProgress` gets the number of people read so far. */
  static async open(real: DryRunSource, onProgress: (people: number) => void): Promise<DryRun> {
    return new DryRun(real, await openPrivateCopy(real.database), onProgress);
  }

  close(): void {
    this.bridge.database.close();
  }

  /** Without a running daemon, what the last one left unfinished is taken up first, as the next one would. */
  async start(): Promise<void> {
    if (!isServing(this.#real.home)) await recover(this.bridge);
  }

  /** Stores planned rules as setup or `rules add` would. */
  async addRules(planned: PlannedRules, existing: ExistingPeople): Promise<void> {
    const { database, integration } = this.bridge;
    await database.write((tx) => {
      storeRules(tx, this.bridge, planned, existing, planned.people.since);
      integration.bumpVersion(tx);
    });
  }

  /** Decides everyone in the rules' stages, like a sweep with its looks. Throws `ApiError`. */
  async sweep(): Promise<void> {
    this.#requireLever();
    const codesubmit = () => this.#real.vendors.codesubmit();
    const offer = await readChallenges(this.bridge, codesubmit);
    if (offer instanceof ApiError) await this.#noteRejected(offer);
    const progress = { onDecided: () => undefined, isStopped: () => false };
    const swept = await sweep(this.bridge, () => this.lever, progress, stagesOfRules(this.bridge));
    if (swept.failure) throw swept.failure;
    const due = listDueLooks(this.bridge.database, this.bridge.clock.now(), NO_LIMIT);
    // Candidates outside the rules' stages aren't part of the preview.
    await this.#look(due.filter(({ id }) => this.lever.people.has(id)));
  }

  /** Decides one candidate as Lever shows them now. Throws `ApiError`. */
  async lookAgain(id: OpportunityId): Promise<void> {
    this.#requireLever();
    // A look as if nothing was announced or tried before.
    const look: DueLook = {
      id,
      hints: 0,
      announced_stage_id: null,
      announced_archived: null,
      announced_at: null,
      is_deletion_announced: 0,
      rereads: 0,
      attempts: 0,
    };
    await this.#look([look]);
  }

  /**
   * Claims what is due, as before sending; adopts what was sent manually, by CodeSubmit's list as it is now, or as it was
   * read last. Throws `ApiError`.
   */
  async claim({ isListRead = true } = {}): Promise<void> {
    const { integration, clock } = this.bridge;
    if (integration.state() !== 'active' || !hasDueToSend(this.bridge, clock.now())) return;
    try {
      const list = new SentListReader(this.bridge, () => this.#real.vendors.codesubmit());
      // A candidate looked up by a command doesn't wait for a long reading.
      if (isListRead) await list.refresh();
      // The daemon sends nothing by a list whose rows show no addresses.
      if (isListUsable(this.bridge) === false) return;
      const { stale } = await beginSending(this.bridge, NO_LIMIT);
      // Stale: decided by an earlier read of the candidate, so they aren't sent before a new one.
      if (stale > 0) await this.#decideAgain();
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== 'unauthorized') throw error;
      await this.#noteRejected(error);
    }
  }

  /** If CodeSubmit rejects our account, everything waits in this copy, as it would for the daemon. */
  async #noteRejected(error: ApiError): Promise<void> {
    if (error.kind !== 'unauthorized') return;
    // In force: no one stores other credentials in the copy.
    await recordRejected(this.bridge, 'codesubmit', rejectionOf(error), () => true);
  }

  /** Decides stale rows by a new read of the candidate, and claims again what may then be sent. */
  async #decideAgain(): Promise<void> {
    const ids = new Set(listAwaitingDecision(this.bridge.database, NO_LIMIT));
    for (const id of ids) if (this.lever.people.has(id)) await this.lookAgain(id);
    await beginSending(this.bridge, NO_LIMIT);
  }

  async #look(looks: readonly DueLook[]): Promise<void> {
    const lever = new Circuit('lever', () => this.lever, {
      ...this.bridge,
      // Nothing is tried again here, so no pause needs jitter.
      random: () => 0,
    });
    for (const look of looks) {
      await lookAt(this.bridge, lever, look);
      // The daemon would try again later. Here the admin learns why there is no answer.
      if (this.lever.failure !== undefined) throw this.lever.failure;
      this.#requireLever();
    }
  }

  #requireLever(): void {
    if (!mayAskLever(this.bridge.integration.read())) throw leverRejects(this.#real.configuration);
  }
}
