/** One run of `setup` that creates webhooks through the API, killed at one boundary, and the run after it. */
import { eventsOf } from '../webhooks/api-webhooks.js';
import type { RunningCommand } from '../rigs/program.js';
import { TappedProgram } from '../rigs/tapped-program.js';
import type { TappedRequest } from '../rigs/vendor-tap.js';
import { CrashRun, type Aftermath } from './crash-run.js';

/** What the killed run is for, and its flags. */
export const OCCASIONS = {
  'nothing is there': [],
  'the address changes': ['--public-url', 'https://other.example.com'],
  'they are renewed': ['--renew-webhook'],
};
export type Occasion = keyof typeof OCCASIONS;

const BY_API = ['setup', '--no-input', '--webhook', 'api'];

export function isMaking({ method, path, body }: TappedRequest): boolean {
  return method === 'POST' && path === '/v1/webhooks' && body.includes('candidateArchiveChange');
}

export class WebhookRun extends CrashRun {
  #running: RunningCommand | undefined;

  private constructor(
    tapped: TappedProgram,
    private readonly occasion: Occasion,
  ) {
    super(tapped);
  }

  static async start(occasion: Occasion): Promise<WebhookRun> {
    const cell = new WebhookRun(await TappedProgram.setUp(), occasion);
    if (occasion !== 'nothing is there') {
      const { code, stderr } = await cell.tapped.live.run(...BY_API);
      if (code !== 0) throw new Error(`no webhooks were made: ${stderr}`);
    }
    return cell;
  }

  override async die(): Promise<void> {
    await this.#running?.kill();
  }

  /** The run of this occasion: `kill` resolves once it is dead. */
  async runKilled(kill: (cell: WebhookRun) => Promise<void>): Promise<void> {
    const killed = kill(this);
    this.#running = this.tapped.live.start(...BY_API, ...OCCASIONS[this.occasion]);
    const { signal, stderr } = await this.#running.ended;
    if (signal !== 'SIGKILL') throw new Error(`the run was not killed: ${stderr}`);
    await killed;
  }

  /** The run of this occasion, or the one after the kill, with the same answers. */
  async runToItsEnd(condition: Aftermath, flags: readonly string[] = []): Promise<void> {
    if (condition !== 'calm') this.tapped.lever.spoil(condition, isMaking, 1);
    const { code, stderr } = await this.tapped.live.run(...BY_API, ...flags);
    if (code !== 0) throw new Error(`the run failed: ${stderr}`);
  }

  /** The states of the rows, and the events for which Lever has a webhook. */
  fate(): { rows: string[]; events: string[] } {
    const rows = this.tapped.file.all<{ state: string }>('SELECT state FROM webhooks ORDER BY id');
    return { rows: rows.map(({ state }) => state), events: eventsOf(this.tapped.live) };
  }
}
