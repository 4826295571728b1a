/**
 * Candidates on hold for one reason and then for another, while the daemon is killed on the way to
 * their tag in Lever.
 */
import { eventually } from '../rigs/eventually.js';
import { STAGE, TAG, type RunningDaemon } from '../rigs/program.js';
import { TappedProgram } from '../rigs/tapped-program.js';
import { isAbout, type Aftermath } from './kill-moments.js';

export const MISTYPED = 'codesubmit: challenge tag is mistyped';
export const NO_EMAIL = 'codesubmit: no e-mail';
const SET_UP = ['--hold-tags', 'on', '--sweep-minutes', '0.02'];

export class HoldCell {
  /** For the candidate of this cell. */
  id = '';
  #daemon: RunningDaemon | undefined;
  #people = 0;

  private constructor(readonly tapped: TappedProgram) {}

  static async start(): Promise<HoldCell> {
    const cell = new HoldCell(await TappedProgram.setUp(...SET_UP));
    cell.tapped.live.environment.CODESUBMIT_SETTLE_SECONDS = '0.5';
    return cell;
  }

  /** Kills the daemon by SIGKILL; resolves when it is gone. */
  async die(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    await daemon?.kill('SIGKILL');
  }

  /** A new candidate without an address and with a mistyped tag. Lever shows the tag. */
  async hold(): Promise<void> {
    this.#daemon ??= await this.tapped.live.serve();
    const { live } = this.tapped;
    this.id = live.simulator.lever.actions.create({
      ...{ name: `Person ${String(++this.#people)}`, emails: [], stageId: 'Phone screen' },
      tags: ['codesubmit:backnd'],
    }).id;
    live.move(this.id, STAGE);
    await eventually('the first tag', () => (this.isSettled(MISTYPED) ? true : undefined));
  }

  /** The mistyped tag is fixed, so only the address is missing. The next sweep finds it. */
  fix(): void {
    this.tapped.live.simulator.lever.actions.addTags(this.id, [TAG]);
  }

  async fixKilled(kill: (cell: HoldCell) => Promise<void>): Promise<void> {
    await this.hold();
    const killed = kill(this);
    this.fix();
    await killed;
  }

  /** The next daemon, which meets the condition once at every effect. */
  async goOn(condition: Aftermath): Promise<void> {
    if (condition !== 'calm') {
      for (const what of ['/removeTags', '/addTags']) {
        this.tapped.lever.spoil(condition, isAbout(this.id, 'POST', what), 1);
      }
    }
    this.#daemon ??= await this.tapped.live.serve();
    await eventually('the other tag', () => (this.isSettled(NO_EMAIL) ? true : undefined));
  }

  /** The pending tag, and whether it is done. */
  wanted(): unknown {
    return this.tapped.file.value(
      'SELECT wanted FROM writebacks WHERE opportunity_id = ?',
      this.id,
    );
  }

  isSettled(tag: string): boolean {
    const state = this.tapped.file.value(
      'SELECT state FROM writebacks WHERE opportunity_id = ?',
      this.id,
    );
    return this.wanted() === tag && state === 'done';
  }

  /** What Lever shows about the hold. */
  said(): string[] {
    const { tags } = this.tapped.live.simulator.lever.opportunities.get(this.id);
    return tags.filter((tag) => tag.startsWith('codesubmit: '));
  }

  close(): Promise<void> {
    return this.tapped.close();
  }
}
