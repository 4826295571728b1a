/**
 * Candidates on hold for one reason and then for another, while the daemon is killed on the way to
 * their tag in Lever.
 */
import { eventually } from '../rigs/eventually.js';
import { STAGE, TAG } from '../rigs/program.js';
import { TappedProgram } from '../rigs/tapped-program.js';
import { CrashRun, type Aftermath } from './crash-run.js';

export const MISTYPED = 'codesubmit: challenge tag is mistyped';
export const NO_EMAIL = 'codesubmit: no e-mail';
const SET_UP = ['--hold-tags', 'on', '--sweep-minutes', '0.02'];

export class HoldRun extends CrashRun {
  /** For the candidate of this cell. */
  id = '';
  #people = 0;

  static async start(): Promise<HoldRun> {
    const cell = new HoldRun(await TappedProgram.setUp(...SET_UP));
    cell.tapped.live.environment.CODESUBMIT_SETTLE_SECONDS = '0.5';
    return cell;
  }

  /** A new candidate without an address and with a mistyped tag. Lever shows the tag. */
  async hold(): Promise<void> {
    await this.serve();
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

  async fixKilled(kill: (cell: HoldRun) => Promise<void>): Promise<void> {
    await this.hold();
    const killed = kill(this);
    this.fix();
    await killed;
  }

  /** The next daemon, which meets the condition once at every effect. */
  async goOn(condition: Aftermath): Promise<void> {
    this.meet(condition, this.id, ['/removeTags', '/addTags']);
    await this.serve();
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
}
