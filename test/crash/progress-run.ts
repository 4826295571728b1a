/**
 * Candidates whose work is submitted while the daemon is killed at one boundary after the other,
 * all in one data directory.
 */
import { eventually } from '../rigs/eventually.js';
import { TAG } from '../rigs/program.js';
import { TappedProgram, type Person } from '../rigs/tapped-program.js';
import { CrashRun, type Aftermath } from './crash-run.js';

const SET_UP = [
  ...['--progress-minutes', '0.005', '--status-map', '1=invited,2=started,3=submitted'],
  ...['--progress-tags', 'on', '--completion-note', 'submitted'],
];

export class ProgressRun extends CrashRun {
  person!: Person;
  #people = 0;

  static async start(): Promise<ProgressRun> {
    const cell = new ProgressRun(await TappedProgram.setUp(...SET_UP));
    cell.tapped.live.environment.CODESUBMIT_SETTLE_SECONDS = '0.5';
    return cell;
  }

  /** A new invited candidate with link and tag, and no pending updates to Lever. */
  async invite(): Promise<void> {
    const daemon = await this.serve();
    this.person = this.tapped.person(`Person ${String(++this.#people)}`);
    const { live } = this.tapped;
    live.move(this.person.id);
    await live.deliver(daemon, this.person.id);
    await eventually('the tag says invited', () => (this.isSettled('invited') ? true : undefined));
  }

  /** At CodeSubmit. */
  submit(): void {
    const { codesubmit } = this.tapped.live.simulator;
    const sent = codesubmit.invitations.find(({ email }) => email === this.person.email);
    codesubmit.setProgress(sent?.id ?? '', 'submitted');
  }

  /** Kills the daemon between CodeSubmit's list and Lever's tag and note, and starts it again. */
  async submitKilled(kill: (cell: ProgressRun) => Promise<void>): Promise<void> {
    await this.invite();
    const killed = kill(this);
    this.submit();
    await killed;
  }

  /** The next daemon, which meets the condition once at every effect. */
  async goOn(condition: Aftermath): Promise<void> {
    this.meet(condition, this.person.id, ['/removeTags', '/addTags', '/notes']);
    await this.serve();
    await eventually('everything is in Lever', () =>
      this.isSettled('submitted') ? true : undefined,
    );
  }

  progress(): unknown {
    return this.tapped.file.value(
      'SELECT progress FROM invitations WHERE opportunity_id = ?',
      this.person.id,
    );
  }

  isSettled(word: string): boolean {
    const owed = this.tapped.file.value(
      `SELECT count(*) FROM writebacks WHERE opportunity_id = ? AND state <> 'done'`,
      this.person.id,
    );
    return this.progress() === word && owed === 0;
  }

  fate(): { tags: string[]; notes: number; links: number } {
    const { lever } = this.tapped.live.simulator;
    const { opportunity, contact } = lever.opportunities.sight(this.person.id, 0);
    return {
      tags: opportunity.tags.filter((tag) => tag !== TAG),
      notes: lever.notes.list(this.person.id).length,
      links: contact.links.length,
    };
  }
}
