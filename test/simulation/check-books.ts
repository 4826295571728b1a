/** What `status` must say of itself: at any moment, and when all is quiet. */
import { expect } from 'vitest';
import type { SimulatedBridge } from './simulated-bridge.js';

export function checkBooks(bridge: SimulatedBridge, isQuiet: boolean): void {
  const { invitations, held, integration } = bridge.status();
  const counted: Record<string, number> = { held: held.length };
  for (const { state } of invitations) counted[state] = (counted[state] ?? 0) + 1;
  const told = Object.entries(bridge.counts()).filter(([name, n]) => n !== 0 || name === 'held');
  expect(Object.fromEntries(told), 'counters that are kept').toEqual(counted);
  // A brake is engaged before anybody is held by it.
  if (!isQuiet || held.some(({ reason }) => reason === 'brake')) return;
  const codes = integration.problems.map(({ code }) => code);
  expect(codes, 'a brake that holds nobody').not.toContain('brake');
}
