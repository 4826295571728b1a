/** What `doctor --json` says, also of an integration behind an admin's proxy. */
import type { Diagnosis } from '../../src/admin/facts/doctor.js';
import { SCHEMAS } from '../docs/report-schemas.js';
import { freePort } from '../rigs/free-port.js';
import { ProgramRig } from '../rigs/program.js';
import { FakeProxy } from '../support/fake-proxy.js';

/** The output of `doctor --json`, checked against its schema. */
export function parseDiagnosis({ stdout }: { stdout: string }): Diagnosis {
  return SCHEMAS.doctor.schema.parse(JSON.parse(stdout));
}

/** One check of a new diagnosis. */
export async function check(live: ProgramRig, id: string): Promise<Diagnosis['checks'][number]> {
  const ended = await live.run('doctor', '--json');
  const found = parseDiagnosis(ended).checks.find((one) => one.id === id);
  if (found) return found;
  throw new Error(`no check ${id} in: ${ended.stdout}${ended.stderr}`);
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
