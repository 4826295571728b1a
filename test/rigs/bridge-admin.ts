/** What an admin does with a bridge, in real and in simulated time alike. */
import type { App } from '../../src/admin/app.js';
import type { Clock } from '../../src/domain/clock.js';
import type { OpportunityId } from '../../src/domain/ids.js';
import { parseRuleSpec } from '../../src/domain/rule-spec.js';
import {
  approve,
  requestStageCheck,
  findApprovable,
  pause,
  resume,
} from '../../src/admin/actions/admin-actions.js';
import { readCounts } from '../../src/admin/queries/decisions.js';
import { readTimeline, type Timeline } from '../../src/admin/timeline.js';
import { changeSettings } from '../../src/admin/setup/answers.js';
import { setUp } from '../../src/admin/setup/set-up.js';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import type { LeverWorld } from '../../src/simulator/lever/lever-world.js';
import { signedBody } from '../../src/simulator/lever/sign-webhook.js';
import type { Settings } from '../../src/store/settings/settings.js';
import { SIGNING_TOKEN, WEBHOOK_ID } from './program.js';

const MINUTE_MS = 60_000;
const nothing = (): void => undefined;

export interface Wanted {
  rules: readonly string[];
  /** `N/MIN` or `off`. */
  brake: string;
  settings: Partial<Settings>;
  codesubmitApiKey: string;
}

/** Stores the keys and rules as `setup` does. */
export async function setUpBridge(
  app: App,
  { rules, brake, settings, codesubmitApiKey }: Wanted,
): Promise<void> {
  const [count = 0, minutes = 0] = brake.split('/').map(Number);
  const answers = {
    settings: {
      // As with a webhook: it is signed here, and comes without a public address.
      sweepMinutes: 5,
      ...settings,
      brake: brake === 'off' ? null : { count, minutes },
      webhookId: WEBHOOK_ID,
    },
    secrets: {
      lever_api_key: [seedLeverApiKey],
      codesubmit_api_key: [codesubmitApiKey],
      signing_token: [SIGNING_TOKEN],
    },
    rules: rules.map(parseRuleSpec),
  };
  await setUp(app, answers, () => Promise.resolve('leave'));
}

export abstract class BridgeAdmin {
  abstract readonly clock: Clock & { advance(ms: number): void };
  abstract readonly simulator: { lever: LeverWorld };
  protected abstract get app(): App;
  /** What a command runs on: in simulated time, a process of its own. */
  protected get terminal(): App {
    return this.app;
  }

  /** Resolves once nothing more happens until time passes. */
  abstract settle(): Promise<void>;
  /** Resolves once a sweep that started after this call has ended, and everything that follows. */
  abstract swept(): Promise<void>;

  /** Delivers a signed body and waits for all that follows. */
  abstract deliver(body: string): Promise<void>;

  /** Lets as much time pass as the work takes. */
  protected drive<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  /** What `status WHO` shows of one candidate. */
  timeline(id: string): Timeline {
    return readTimeline(this.app, id as OpportunityId);
  }

  /** The counts of `status`. */
  counts(): Record<string, number> {
    return readCounts(this.app);
  }

  /** Changes settings as `setup` does, and waits for all that follows. */
  async set(settings: Partial<Settings>): Promise<void> {
    this.clock.advance(1);
    await this.drive(changeSettings(this.terminal, settings));
    await this.swept();
  }

  /** Moves a new candidate into the stage Take-home, and lets all happen that needs no time; returns the opportunity's id. */
  async arrive(email: string, links: string[] = []): Promise<string> {
    const { actions, opportunities } = this.simulator.lever;
    const person = { name: 'Ada Fictional', stageId: 'Phone screen', emails: [email], links };
    const { id } = actions.create({ ...person, tags: ['codesubmit:backend'] });
    actions.move(id, 'Take-home');
    const { stageId } = opportunities.get(id);
    await this.deliver(this.signed({ opportunityId: id, toStageId: stageId }));
    return id;
  }

  /** Lets minutes pass, and all happen that each of them brings. */
  async pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.clock.advance(MINUTE_MS + 1);
      await this.settle();
    }
  }

  /** Requests a sweep, and waits for it. */
  async sweep(): Promise<void> {
    this.clock.advance(1);
    await this.drive(requestStageCheck(this.terminal));
    await this.swept();
  }

  async pause(): Promise<void> {
    await this.drive(pause(this.terminal));
    await this.swept();
  }

  async resume(): Promise<void> {
    await this.drive(resume(this.terminal));
    await this.swept();
  }

  /** `onHolds` gets what is on hold before it is approved. */
  async approve(
    who: readonly string[] | 'all',
    onHolds: (holds: ReturnType<typeof findApprovable>) => void = nothing,
  ): Promise<void> {
    const ids = who === 'all' ? who : (who as readonly OpportunityId[]);
    const holds = findApprovable(this.app, ids);
    onHolds(holds);
    await this.command((app) => approve(app, holds));
  }

  /** Runs what a command runs, and waits for everything that follows, also if it is refused. */
  async command<T>(run: (app: App) => Promise<T>): Promise<T> {
    try {
      return await this.drive(run(this.app));
    } finally {
      await this.settle();
    }
  }

  /** A signed webhook, as Lever sends it. */
  signed(data: Record<string, unknown>, event = 'candidateStageChange'): string {
    const triggeredAt = this.clock.now();
    const content = { event, triggeredAt, data };
    return JSON.stringify(signedBody(content, SIGNING_TOKEN));
  }
}
