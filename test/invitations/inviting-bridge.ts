/** The daemon in this process, with one rule for one challenge and without a brake. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { InProcessRig } from '../rigs/in-process.js';

export const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend';

/** `folder`: where its data directory is made. */
export async function startInviting(folder: string): Promise<InProcessRig> {
  const bridge = await InProcessRig.start(mkdtempSync(join(folder, 'run-')));
  bridge.simulator.codesubmit.addTest({ name: 'Backend' });
  await bridge.setUp([RULE], 'off');
  return bridge;
}
