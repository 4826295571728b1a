/** A live integration whose every call to a vendor passes through a tap, and whose database is watched from outside. */
import { HomeFile } from './home-file.js';
import { ProgramRig } from './program.js';
import { VendorTap } from './vendor-tap.js';

export interface Person {
  id: string;
  email: string;
}

/** The state of one candidate, as both vendors and `status` show it. */
export interface Fate {
  state: string | undefined;
  invitations: number;
  links: string[];
}

export class TappedProgram {
  private constructor(
    readonly live: ProgramRig,
    readonly lever: VendorTap,
    readonly codesubmit: VendorTap,
    readonly file: HomeFile,
  ) {}

  static async setUp(...more: string[]): Promise<TappedProgram> {
    const live = await ProgramRig.start();
    const { simulator, environment } = live;
    const lever = await VendorTap.start(simulator.lever.origin);
    const codesubmit = await VendorTap.start(simulator.codesubmit.origin);
    // Its links and pages name it by the address at which it is called.
    simulator.codesubmit.origin = codesubmit.origin;
    // Nobody knows whether Lever keeps a link twice that is added twice: the worse is taken for granted.
    simulator.lever.switches.linkAddedTwice = 'doubled';
    environment.LEVER_API_URL = `${lever.origin}/v1`;
    environment.CODESUBMIT_API_URL = codesubmit.origin;
    await live.setUp(...more);
    const file = new HomeFile(live.home);
    for (const opened of [file, lever, codesubmit]) live.onClose(() => opened.close());
    return new TappedProgram(live, lever, codesubmit, file);
  }

  /** A candidate in the stage before, with the tag. */
  person(name: string): Person {
    const id = this.live.candidate(name);
    const [email = ''] = this.live.simulator.lever.opportunities.sight(id, 0).contact.emails;
    return { id, email };
  }

  async fateOf({ id, email }: Person): Promise<Fate> {
    const { lever, codesubmit } = this.live.simulator;
    return {
      state: await this.live.stateOf(id),
      invitations: codesubmit.invitations.filter((one) => one.email === email).length,
      links: lever.opportunities.sight(id, 0).contact.links,
    };
  }

  close(): Promise<void> {
    return this.live.close();
  }
}
