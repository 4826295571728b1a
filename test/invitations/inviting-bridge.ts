/** The daemon in simulated time, with one rule for one challenge and without a brake. */
import { SimulatedBridge } from '../simulation/simulated-bridge.js';

export const RULE = 'stage=Take-home;tag=codesubmit:backend;challenge=Backend';

export async function startInviting(): Promise<SimulatedBridge> {
  const bridge = SimulatedBridge.start();
  bridge.simulator.codesubmit.addTest({ name: 'Backend' });
  await bridge.setUp([RULE], 'off');
  return bridge;
}
