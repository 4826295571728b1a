/** What `doctor --json` says, also of an integration behind an admin's proxy. */
import type { Diagnosis } from '../../src/admin/facts/doctor.js';
import { parseReport } from '../docs/report-schemas.js';
import { freePort } from '../rigs/free-port.js';
import { ProgramRig } from '../rigs/program.js';
import { FakeProxy } from '../support/fake-proxy.js';

/** Of a new diagnosis. */
export async function checks(rig: ProgramRig): Promise<Diagnosis['checks']> {
  return parseReport('doctor', await rig.run('doctor', '--json')).checks;
}

export async function check(rig: ProgramRig, id: string): Promise<Diagnosis['checks'][number]> {
  const all = await checks(rig);
  const found = all.find((one) => one.id === id);
  if (found) return found;
  throw new Error(`no check ${id} in: ${JSON.stringify(all)}`);
}

/** Set up with one rule and a public address that passes on to the daemon's port. */
export async function setUpBehindProxy(): Promise<{ live: ProgramRig; proxy: FakeProxy }> {
  const proxy = await FakeProxy.open();
  const port = String(await freePort());
  proxy.target = `http://127.0.0.1:${port}`;
  const live = await ProgramRig.setUp('--public-url', proxy.url, '--port', port);
  live.onClose(() => proxy.close());
  return { live, proxy };
}
