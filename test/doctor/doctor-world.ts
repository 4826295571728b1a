/** The program with its simulator and an admin's proxy, and what `doctor` reports. */
import type { Diagnosis } from '../../src/operate/doctor/checks.js';
import { freePort } from '../rigs/free-port.js';
import { SCHEMAS } from '../docs/report-schemas.js';
import { FakeProxy } from '../support/fake-proxy.js';
import { ProgramRig, type Ended, type RunningDaemon } from '../rigs/program.js';

type CheckResult = Diagnosis['checks'][number];

/** The output of `doctor --json`, checked against its schema. */
export function parseDiagnosis({ stdout }: Ended): Diagnosis {
  return SCHEMAS.doctor.schema.parse(JSON.parse(stdout));
}

export class DoctorWorld {
  private constructor(
    readonly live: ProgramRig,
    readonly proxy: FakeProxy,
    /** The proxy's target when no daemon runs. */
    readonly port: number,
  ) {}

  /** Sets up one rule and a public address that forwards to the daemon's port. */
  static async setUp(...more: string[]): Promise<DoctorWorld> {
    const proxy = await FakeProxy.open();
    const port = await freePort();
    proxy.target = `http://127.0.0.1:${String(port)}`;
    const address = ['--public-url', proxy.url, '--port', String(port)];
    const live = await ProgramRig.setUp(...address, ...more);
    return new DoctorWorld(live, proxy, port);
  }

  async serve(): Promise<RunningDaemon> {
    const daemon = await this.live.serve();
    this.proxy.target = daemon.url;
    return daemon;
  }

  doctor(): Promise<Ended> {
    return this.live.run('doctor', '--json');
  }

  async check(id: string): Promise<CheckResult> {
    const ended = await this.doctor();
    const found = parseDiagnosis(ended).checks.find((check) => check.id === id);
    if (found) return found;
    throw new Error(`no check ${id} in: ${ended.stdout}${ended.stderr}`);
  }

  async close(): Promise<void> {
    await this.live.close();
    await this.proxy.close();
  }
}
